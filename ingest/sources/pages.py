"""Pages as received, on their way into the landing folder.

A file `<landing>/<source>/<entity>/<name>.pages.jsonl.gz` holds one page per line: which request it answers, when it
came, and the body exactly as the vendor wrote it; the records of an exported file are put into pages. Pages are written
as they arrive, to a file whose name begins with a full stop (which the loader passes over), and the file is renamed
when it is complete. What is inside a page is the loader's business.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from isal.igzip import IGzipFile

from ingest.lake import make_private_folder

ENDING = ".pages.jsonl.gz"
#: Ending of a file that is being written; the name also begins with a full stop.
_PART = ".part"
#: JSON shrinks sevenfold at this level; those above take longer for little more.
_COMPRESSION = 1
#: Bytes of one page of what comes in no pages, or in larger ones; the loader parses as many at once.
_PAGE = 8_000_000


@dataclass(frozen=True)
class Page:
    """One answer of a vendor.

    Attributes:
        request: method, url and params that it answers, without credentials.
        status: HTTP status.
        received_at: when it had come.
        body: the answer as received, in one line.
        content: the same, parsed.
        records: its records.
        resume: parameters of the request that comes after it; None if it cannot be said.
        headers: those of the answer.
    """

    request: dict[str, Any]
    status: int
    received_at: datetime
    body: bytes
    content: Any = field(repr=False)
    records: list[Any] = field(repr=False)
    resume: dict[str, Any] | None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def one_line(body: bytes) -> bytes:
    """A JSON text without its line breaks, which can only stand between its parts, and without byte order mark."""
    return body.removeprefix(b"\xef\xbb\xbf").replace(b"\r", b" ").replace(b"\n", b" ").strip()


def in_pages(elements: Iterator[tuple[bytes, Any]], most: int = _PAGE) -> Iterator[tuple[list[bytes], list[Any]]]:
    """The elements in groups of so many bytes, more only if one element has more."""
    texts: list[bytes] = []
    records: list[Any] = []
    size = 0
    for text, record in elements:
        if texts and size + len(text) > most:
            yield texts, records
            texts, records, size = [], [], 0
        texts.append(text)
        records.append(record)
        size += len(text)
    if texts:
        yield texts, records


class PageFiles:
    """The files of one pull of one entity.

    The caller makes sure that nobody else pulls the entity at the same time. Parts of files that a killed pull left
    are removed.

    Args:
        folder: `<landing>/<source>/<entity>`; made with the first page.
        pulled_at: instant of the pull; names sort by it.
        window: what was asked for, as part of the names.
    """

    def __init__(self, folder: Path, pulled_at: datetime, window: str) -> None:
        self.folder = folder
        self.pages_in_file = 0
        self._stem = f"{pulled_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"
        self._window = window
        self._files = 0
        self._pages = 0
        self._part: Path | None = None
        self._stream: IGzipFile | None = None
        for stray in folder.glob(f".*{_PART}"):
            stray.unlink()

    def write(self, page: Page) -> None:
        """Adds the page to the file that is being written."""
        stream = self._stream or self._begin()
        self._pages += 1
        head = {
            "request": page.request,
            "received_at": page.received_at.astimezone(UTC).isoformat(),
            "status": page.status,
            "number": self._pages,
        }
        try:
            # Not serialised anew: numbers, order and escapes stay as the vendor wrote them.
            stream.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "body": ' + page.body + b"}\n")
        except BaseException:
            self.discard()
            raise
        self.pages_in_file += 1

    def finish(self, *, is_whole: bool = False) -> Path | None:
        """Makes the pages written so far a file of the landing folder.

        Args:
            is_whole: the file holds a complete list, so that what is absent from it is deleted; its name says so
                (`.full.`).

        Returns:
            The file, or None if no page was written.
        """
        if self._stream is None or self._part is None:
            return None
        self._close()
        full = ".full" if is_whole else ""
        self._files += 1
        number = self._files
        while (path := self.folder / f"{self._stem}_{number:04d}_{self._window}{full}{ENDING}").exists():
            number += 1
        os.replace(self._part, path)
        self.pages_in_file = 0
        return path

    def discard(self) -> None:
        """Drops the pages that are in no file of the landing folder yet."""
        if self._stream is not None and self._part is not None:
            self._close()
            self._part.unlink()
            self.pages_in_file = 0

    def _begin(self) -> IGzipFile:
        make_private_folder(self.folder)
        self._part = self.folder / f".{self._stem}{_PART}"
        self._raw = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        self._stream = IGzipFile(filename="", mode="wb", compresslevel=_COMPRESSION, fileobj=self._raw)
        return self._stream

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with self._raw:
                stream.close()
                self._raw.flush()
                os.fsync(self._raw.fileno())
