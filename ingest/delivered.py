"""What all readers share: the file on its way into DuckDB, its limits and the shape they hand over.

Text files are checked here once (size, compression, encoding, lines); after that they are plain UTF-8 on disk. Which
characters their bytes are is `ingest.encodings`' business.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO

import duckdb
import pyarrow as pa

from ingest.encodings import HEAD, WINDOWS, Damage, decoded, encoding_of, surveyed
from ingest.typing_rules import HARD_SPACES, needs_trimming, quoted

#: Quoted name of the column that holds row numbers; no delivered column has it, because those are trimmed.
ROW_NUMBER = '" row number"'
#: Characters of one row; longer rows are quarantined.
MAX_RECORD = 2_000_000
#: Columns of one file; more make it unreadable.
MAX_COLUMNS = 1_000
#: Bytes of one file after decompression; more make it unreadable.
MAX_BYTES = 50 * 1024**3
#: A file that unpacks to more bytes than this and to more than so many times its own is unreadable.
MAX_UNPACKED, MAX_RATIO = 256 * 1024**2, 200

#: What a statement of DuckDB raises. Its messages cite the text at fault and cut it after so many bytes, within a
#: character if need be; Python cannot read such a message, and raises UnicodeDecodeError in its place.
DUCKDB_ERRORS = (duckdb.Error, UnicodeDecodeError)

#: Why a row with bytes that are no text is set aside.
DAMAGED = "bytes that are no text, shown as \\xNN; deliver the row again in UTF-8"
#: Why a longer row is.
TOO_LONG = f"more than {MAX_RECORD:,} characters, of which the beginning is kept here; deliver the row again, shorter"

_CHUNK = 1 << 20
_ROWS_TO_JUDGE_BY = 50_000
#: A header up to its end; line breaks inside quotes are its own.
_HEADER = re.compile(r'(?:[^"\r\n]|"[^"]*+")*+(\r*\n|\r)')


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
        message: what a person should know of how the file was read; empty if nothing.
        size: bytes of all its texts, about; None if that is not known.
    """

    columns: list[str]
    row_number: str
    malformed: int = 0
    has_only_spaces: bool = False
    native: Mapping[str, str] = field(default_factory=dict)
    relation: str = "delivered"
    message: str = ""
    size: int | None = None


@dataclass(frozen=True)
class TextFile:
    """A file as UTF-8 that is not compressed.

    `lines` counts line feeds, plus a last line without one; `has_lone_return` says whether some carriage return is not
    followed by a line feed, `rows_end_with_return` whether the header ends with such a one, and so the rows. `has_tab`
    and `has_hard_space` say whether these characters are anywhere in it, `is_windows` whether it was read as
    Windows-1252. `damage` writes the bytes that are no text; None if there are none.
    """

    path: Path
    lines: int
    has_lone_return: bool
    has_tab: bool
    has_hard_space: bool
    is_windows: bool = False
    damage: Damage | None = None
    rows_end_with_return: bool = False

    def open(self) -> TextIO:
        """The text, line ends as they are; only what ends rows ends its lines."""
        return self.path.open(encoding="utf-8", newline="" if self.rows_end_with_return else "\n")

    @property
    def line_ends(self) -> tuple[str, ...]:
        """What ends rows."""
        return ("\n", "\r") if self.rows_end_with_return else ("\n",)

    @property
    def message(self) -> str:
        """What a person should know of how it was read; empty if nothing."""
        return "it is not UTF-8 and was read as Windows-1252: deliver UTF-8 if letters look wrong" * self.is_windows


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
    mark is left out. What is not UTF-8 throughout is read again and becomes a copy in UTF-8.

    Raises:
        UnreadableFileError: it is empty, too large or damaged.
    """
    target = work / "input.txt"
    target.unlink(missing_ok=True)
    try:
        with _opened(path, compressed) as source:
            codec, mark = encoding_of(source.read(HEAD))
        if codec == "utf-8":
            try:
                return _plain(path, compressed, len(mark), target)
            except (UnicodeDecodeError, _ZeroByteError):
                target.unlink()
        return _transcoded(path, compressed, codec, len(mark), target)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UnreadableFileError(
            "the file is damaged: it cannot be decompressed to its end; deliver it again"
        ) from None


def _plain(path: Path, compressed: bool, skipped: int, target: Path) -> TextFile:
    """Scans a file that should be UTF-8; raises UnicodeDecodeError or _ZeroByteError at the first place where not."""
    scan, decoder = _Scan(), codecs.getincrementaldecoder("utf-8")("strict")
    has_copy = compressed or skipped > 0
    if not has_copy:
        target.symlink_to(path.absolute())
    with target.open("wb") if has_copy else nullcontext() as copy:
        for chunk in _chunks(path, compressed, skipped):
            if b"\0" in chunk:
                raise _ZeroByteError
            is_plain = not decoder.getstate()[0] and chunk.isascii()
            scan.add(chunk, "" if is_plain else decoder.decode(chunk))
            if copy:
                copy.write(chunk)
        decoder.decode(b"", final=True)
    return scan.result(target)


def _transcoded(path: Path, compressed: bool, codec: str, skipped: int, target: Path) -> TextFile:
    """Writes the file as UTF-8, with damaged bytes as characters that it does not use."""
    survey = surveyed(_chunks(path, compressed, skipped), codec)
    if (damage := survey.damage) is None:
        raise UnreadableFileError("the file uses all private characters of Unicode, as no text does; check what it is")
    if survey.is_windows and not skipped:
        codec = WINDOWS
    scan = _Scan()
    with target.open("wb") as copy:
        for text in decoded(_chunks(path, compressed, skipped), codec, damage):
            chunk = text.encode()
            scan.add(chunk, text)
            scan.has_damage = scan.has_damage or damage.is_in(text)
            copy.write(chunk)
    return scan.result(target, codec, damage)


def _opened(path: Path, compressed: bool) -> IO[bytes] | gzip.GzipFile:
    return gzip.open(path, "rb") if compressed else path.open("rb")


def _chunks(path: Path, compressed: bool, skipped: int) -> Iterator[bytes]:
    """The bytes of the file, unpacked, without the first few."""
    most = max(MAX_UNPACKED, MAX_RATIO * path.stat().st_size) if compressed else MAX_BYTES
    size = 0
    with _opened(path, compressed) as source:
        source.read(skipped)
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > MAX_BYTES:
                raise UnreadableFileError(f"the file has more than {MAX_BYTES // 1024**3} GiB; deliver it in parts")
            if size > most:
                raise UnreadableFileError(
                    f"the file unpacks to more than {MAX_RATIO} times its size; deliver it unpacked, or in parts that "
                    f"unpack to less than {MAX_UNPACKED // 1024**2} MiB"
                )
            yield chunk


class _ZeroByteError(Exception):
    """A zero byte is in a file that should be UTF-8."""


class _Scan:
    """What is learnt of a text while it passes, chunk by chunk in UTF-8."""

    def __init__(self) -> None:
        self._size = self._feeds = self._returns = self._pairs = 0
        self._has_tab = self._has_hard_space = False
        self._last = b""
        self.has_damage = False

    def add(self, chunk: bytes, text: str) -> None:
        """Takes the next chunk in; `text` is what it holds, and may be empty if it is ASCII."""
        if not chunk:
            return
        self._size += len(chunk)
        self._feeds += chunk.count(b"\n")
        if b"\r" in chunk:
            self._returns += chunk.count(b"\r")
            self._pairs += chunk.count(b"\r\n")
        self._pairs += self._last == b"\r" and chunk.startswith(b"\n")
        self._last = chunk[-1:]
        self._has_tab = self._has_tab or b"\t" in chunk
        self._has_hard_space = self._has_hard_space or any(space in text for space in HARD_SPACES)

    def result(self, target: Path, codec: str = "utf-8", damage: Damage | None = None) -> TextFile:
        """What the whole text is, which now lies in `target`.

        Raises:
            UnreadableFileError: there was no text at all.
        """
        if not self._size:
            raise UnreadableFileError("the file is empty; deliver it again, or take it away")
        has_lone_return = self._returns != self._pairs
        return TextFile(
            target,
            self._feeds + (self._last != b"\n"),
            has_lone_return,
            self._has_tab,
            self._has_hard_space,
            is_windows=codec == WINDOWS,
            damage=damage if self.has_damage else None,
            rows_end_with_return=has_lone_return and _header_ends_with_return(target),
        )


def _header_ends_with_return(path: Path) -> bool:
    with path.open(encoding="utf-8", newline="") as text:
        head = text.read(MAX_RECORD).lstrip()
    found = _HEADER.match(head)
    return found is not None and found[1] == "\r"


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
            raise UnreadableFileError(f"the column {name} is there twice; take one out or give it another name")
        while name in taken:
            name = f"{name}_{position}"
        taken.add(name)
        names.append(name)
    if len(names) > MAX_COLUMNS:
        raise UnreadableFileError(f"the file has more than {MAX_COLUMNS} columns; leave out those that nobody reads")
    if not taken & set(known):
        raise UnreadableFileError(
            f"the header names no column of the contract, such as {', '.join(list(known)[:3])}; "
            "give the file a header with these names, or put it into the folder of its entity"
        )
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


def text_size(connection: duckdb.DuckDBPyConnection, delivered: Delivered, rows: int) -> int:
    """Bytes of all texts of so many rows, about; of a file that does not tell, judged by its first rows."""
    if delivered.size is not None:
        return delivered.size
    texts = [f"coalesce(strlen({quoted(name)}), 0)" for name in delivered.columns if name not in delivered.native]
    if not texts:
        return 0
    first = f"select {' + '.join(texts)} as length from {delivered.relation} limit {_ROWS_TO_JUDGE_BY}"
    return rows * count(connection, f"select coalesce(ceil(avg(length)), 0)::bigint from ({first})")


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


def first_line(error: Exception) -> str:
    """What DuckDB says went wrong, without its kind of error, the statement and paths of this machine."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return "it takes more memory than a load may have"
    if isinstance(error, UnicodeDecodeError):
        return "it is malformed"
    line = re.sub(r"^[\w ]*(Error|Exception): ", "", str(error).partition("\n")[0])
    line = re.sub(r"""(\bfile )?(["']|(?<=\s))/[^"'\s]*["',]*""", "the file", line, flags=re.IGNORECASE)
    return line.rstrip(" .")
