"""A vendor's records as the pages in which a pull lands them, and the same bytes for the same records.

`<vendor>/<entity>/<name>.pages.jsonl.gz` holds one page per line, as `ingest.sources.pages` writes them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, cast

from ingest.contracts import vendor_contracts
from ingest.demo import parameters as planted
from ingest.demo.writers import GZIP_LEVEL
from ingest.sources.pages import ENDING

RECEIVED_AT = f"{planted.CUT.isoformat()}T00:00:00+00:00"


class Pages:
    """The files of one vendor below a folder; `rows` counts the records of each."""

    def __init__(self, folder: Path, vendor: str) -> None:
        self._folder = folder
        self._contracts = vendor_contracts(vendor)
        self.rows: dict[Path, int] = {}

    def write(self, entity: str, records: Iterable[str], *, url: str, page_size: int, name: str = "demo") -> None:
        """Write a file of an entity's records, each a JSON text; no records, no file.

        Args:
            entity: the vendor's.
            records: in the order in which they are delivered.
            url: what they answer.
            page_size: records per page.
            name: of the file, without its ending.
        """
        before, after = _around(self._contracts[entity].records)
        path = self._folder / entity / f"{name}{ENDING}"
        file: IO[bytes] | None = None
        try:
            for number, page in enumerate(_batches(records, page_size), start=1):
                file = file or _open(path)
                request = {"method": "GET", "url": url}
                head = {"request": request, "received_at": RECEIVED_AT, "status": 200, "number": number}
                line = f'{json.dumps(head)[:-1]}, "body": {before}{",".join(page)}{after}}}\n'
                file.write(line.encode())
                self.rows[path] = self.rows.get(path, 0) + len(page)
        finally:
            if file:
                file.close()


def _around(path: str) -> tuple[str, str]:
    """What stands before and after the records of a page that lie at a path; a definition is one object there."""
    steps = path.split(".")
    whole = "" if path == "result" else "["
    return "".join(f'{{"{step}":' for step in steps) + whole, ("]" if whole else "") + "}" * len(steps)


def _batches(records: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(records)
    while batch := list(islice(rest, size)):
        yield batch


def _open(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return cast(IO[bytes], gzip.GzipFile(path, "wb", GZIP_LEVEL, mtime=0))
