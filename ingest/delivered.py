"""What all readers share: the file on its way into DuckDB, its limits and the shape they hand over.

Text files are checked here once (size, compression, encoding, lines); after that they are plain UTF-8 on disk.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO

import duckdb
import pyarrow as pa

from ingest.typing_rules import needs_trimming, quoted

#: Quoted name of the column that holds row numbers; no delivered column has it, because those are trimmed.
ROW_NUMBER = '" row number"'
#: Characters of one row; longer rows are quarantined.
MAX_RECORD = 2_000_000
#: Columns of one file; more make it unreadable.
MAX_COLUMNS = 1_000
#: Bytes of one file after decompression; more make it unreadable.
MAX_BYTES = 50 * 1024**3

_CHUNK = 1 << 20


class UnreadableFileError(Exception):
    """The file as a whole cannot be read; the message is one clear sentence."""


@dataclass(frozen=True)
class Delivered:
    """The temporary table of a file's rows: text columns, in the order of the file.

    Attributes:
        columns: names in lower case; those of the contract and others.
        row_number: SQL expression of the line or record number of a row.
        malformed: rows of the temporary table `malformed` (row_number, value, reason), which have no columns.
        has_only_spaces: whether it is known that no value holds white space other than plain spaces.
        native: DuckDB type of each column whose values are no texts (`ingest.native_values`); its text is that of a
            cast, without white space around it.
        relation: name of that table; a file that is as good as a table is read where it lies, through a view.
    """

    columns: list[str]
    row_number: str
    malformed: int = 0
    has_only_spaces: bool = False
    native: Mapping[str, str] = field(default_factory=dict)
    relation: str = "delivered"


@dataclass(frozen=True)
class TextFile:
    """A file that was found to be UTF-8 and is not compressed.

    `lines` counts line feeds, plus a last line without one; `has_lone_return` says whether some carriage return is not
    followed by a line feed, `has_tab` and `has_hard_space` whether these characters are anywhere in it.
    """

    path: Path
    lines: int
    has_lone_return: bool
    has_tab: bool
    has_hard_space: bool

    def open(self) -> TextIO:
        """The text, line ends as they are."""
        return self.path.open(encoding="utf-8", newline="")


def content_hash(path: Path) -> str:
    """SHA-256 of the file as it lies there, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def prepare_text(path: Path, compressed: bool, work: Path) -> TextFile:
    """Checks a text file from end to end, and decompresses it into the work folder if need be.

    A plain file is linked into the work folder, so that no character of its name means anything to DuckDB. A byte order
    mark is left out.

    Raises:
        UnreadableFileError: it is empty, too large, damaged or not UTF-8.
    """
    target = work / "input.txt"
    target.unlink(missing_ok=True)
    try:
        with gzip.open(path, "rb") if compressed else path.open("rb") as source:
            start = source.read(len(codecs.BOM_UTF8))
            if compressed or start == codecs.BOM_UTF8:
                with target.open("wb") as copy:
                    return _scanned(source, start.removeprefix(codecs.BOM_UTF8), target, copy)
            target.symlink_to(path.absolute())
            return _scanned(source, start, target, None)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UnreadableFileError("the file is damaged: it cannot be decompressed to its end") from None
    except UnicodeDecodeError:
        hint = "; it looks like UTF-16" if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else ""
        raise UnreadableFileError(f"the file is not UTF-8{hint}") from None


def _scanned(source: IO[bytes] | gzip.GzipFile, start: bytes, target: Path, copy: IO[bytes] | None) -> TextFile:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    size, lines, returns, pairs = 0, 0, 0, 0
    has_tab, has_hard_space = False, False
    last = b""
    while chunk := start + source.read(_CHUNK):
        start = b""
        size += len(chunk)
        if size > MAX_BYTES:
            raise UnreadableFileError(f"the file has more than {MAX_BYTES // 1024**3} GiB")
        if copy:
            copy.write(chunk)
        if decoder.getstate()[0] or not chunk.isascii():
            has_hard_space = "\xa0" in decoder.decode(chunk) or has_hard_space
        has_tab = has_tab or b"\t" in chunk
        lines += chunk.count(b"\n")
        if b"\r" in chunk:
            returns += chunk.count(b"\r")
            pairs += chunk.count(b"\r\n")
        pairs += last == b"\r" and chunk.startswith(b"\n")
        last = chunk[-1:]
    decoder.decode(b"", final=True)
    if not size:
        raise UnreadableFileError("the file is empty")
    return TextFile(target, lines + (last != b"\n"), returns != pairs, has_tab, has_hard_space)


def unique_names(header: Iterable[str], known: Collection[str]) -> list[str]:
    """The names of a header in lower case, made unique; columns without a name are numbered.

    Raises:
        UnreadableFileError: no name is one of the contract's, one of them is there twice, or there are too many.
    """
    names: list[str] = []
    taken: set[str] = set()
    for position, raw in enumerate(header, start=1):
        name = raw.strip().lower() or f"column_{position}"
        if name in taken and name in known:
            raise UnreadableFileError(f"the column {name} is there twice")
        while name in taken:
            name = f"{name}_{position}"
        taken.add(name)
        names.append(name)
    if len(names) > MAX_COLUMNS:
        raise UnreadableFileError(f"the file has more than {MAX_COLUMNS} columns")
    if not taken & set(known):
        raise UnreadableFileError("the header names no column of the contract")
    return names


def padded_columns(connection: duckdb.DuckDBPyConnection, delivered: Delivered, names: Collection[str]) -> list[str]:
    """Those of the named columns in which some text is empty or has white space around it."""
    texts = [name for name in delivered.columns if name in names and name not in delivered.native]
    if not texts:
        return []
    conditions = ", ".join(
        f"bool_or({needs_trimming(quoted(name), only_spaces=delivered.has_only_spaces)})" for name in texts
    )
    row = connection.execute(f"select {conditions} from {delivered.relation}").fetchone() or ()
    return [name for name, is_padded in zip(texts, row, strict=True) if is_padded]


def insert_rows(
    connection: duckdb.DuckDBPyConnection, table: str, types: Sequence[pa.DataType], rows: Sequence[Sequence[Any]]
) -> None:
    """Appends rows, given in the order of the table's columns."""
    if not rows:
        return
    arrays = [
        pa.array(values, type=data_type) for values, data_type in zip(zip(*rows, strict=True), types, strict=True)
    ]
    batch = pa.Table.from_arrays(arrays, names=[str(number) for number in range(len(arrays))])
    connection.register("batch", batch)
    connection.execute(f"insert into {quoted(table)} from batch")
    connection.unregister("batch")


def count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    """The first value of the first row, as a whole number; 0 if there is none."""
    row = connection.execute(statement).fetchone()
    return int(row[0] or 0) if row else 0
