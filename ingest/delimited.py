"""Reads delimited text (CSV, TSV) into DuckDB, with the true line number of every row.

Two lanes, which give the same rows. DuckDB's reader takes the files that are as they should be; that they are is proved
by accounting: header, rows and the line breaks inside quoted fields must add up to the lines of the file. Any other
file (blank lines, rows of another width, broken quotes, lone carriage returns, damaged bytes) goes through Python's
reader, which is slower and loses nothing: a row that cannot be read is reported with its line, and reading goes on with
the next line.

What ends the header ends the rows: after a header that ends with a line feed only line feeds do, and a carriage return
elsewhere belongs to its field, with quotes around it or not.

Of three header rows (`ingest.import_ids`) the second and third are no rows, and the names come from the third; of two
(`ingest.second_header`) the second is none, and the names come from both.

The dialect is never sniffed: the quote is `"`, doubled inside a field; the delimiter is the one of `, ; tab |` that
makes the header name most columns of the contract.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import islice
from typing import TextIO

import duckdb
import pyarrow as pa

from ingest.delivered import (
    DAMAGED,
    DUCKDB_ERRORS,
    MAX_RECORD,
    ROW_NUMBER,
    TOO_LONG,
    Delivered,
    TextFile,
    UnreadableFileError,
    count,
    insert_rows,
    unique_names,
)
from ingest.import_ids import header_of, without_header_rows
from ingest.second_header import header_of as header_of_two
from ingest.typing_rules import literal, quoted

_DELIMITERS = (",", ";", "\t", "|")
_BATCH = 20_000
#: A surrogate, which no text in UTF-8 holds.
_LONE_RETURN = "\udc0d"

_BROKEN_QUOTES = 'quotes are broken: a field that begins with " ends with one, and one inside it is written twice'


def read_delimited(
    connection: duckdb.DuckDBPyConnection,
    file: TextFile,
    known: Collection[str],
    *,
    has_import_ids: bool = False,
    has_second_header: bool = False,
) -> Delivered:
    """Reads the file into the temporary tables `delivered` and `malformed`.

    Args:
        connection: its tables `delivered` and `malformed` are replaced.
        file: a text file that was found to be UTF-8.
        known: names of the contract's columns, by which the delimiter is recognised.
        has_import_ids: whether the file may have three header rows.
        has_second_header: whether it may have two.

    Raises:
        UnreadableFileError: there is no header, or the header is none of this contract.
    """
    csv.field_size_limit(2 * MAX_RECORD)
    delimiter = _delimiter(file, known)
    with file.open() as text:
        first = list(
            islice(_Records(text, delimiter, file.line_ends), 3 if has_import_ids else 2 if has_second_header else 1)
        )
    line, header, raw, _ = first[0] if first else (0, None, "", "")
    if header is None:
        raise UnreadableFileError(
            f"the header on line {line} cannot be read: {first[0][3] if first else 'it is not there'}"
        )
    if file.damage and file.damage.is_in(raw):
        if not {name.strip().lower() for name in header} & set(known):
            raise UnreadableFileError("the file is no text, as its ending says it is; check what was delivered")
        header = [file.damage.shown(name) for name in header]
    own = header_of([fields for _, fields, *_ in first])
    if has_second_header and len(first) == 2:
        own = header_of_two(header, first[1][1] or [], known)
    columns = unique_names(own.names if own else header, known)
    is_plain = line == 1 and len(columns) > 1 and "\n" not in raw and not file.has_lone_return and not file.damage
    if is_plain and (row_number := _read_fast(connection, file, columns, delimiter)):
        has_odd_space = row_number == ROW_NUMBER or file.has_hard_space or (file.has_tab and delimiter != "\t")
        delivered = Delivered(columns, row_number, has_only_spaces=not has_odd_space)
    else:
        delivered = _read_slowly(connection, file, columns, delimiter)
    delivered = replace(delivered, message=file.message)
    return without_header_rows(connection, delivered, own, [line for line, *_ in first[1:]]) if own else delivered


def _delimiter(file: TextFile, known: Collection[str]) -> str:
    """The delimiter that makes most columns of the contract of the first line that is not blank."""
    with file.open() as text:
        for line in iter(lambda: text.readline(MAX_RECORD), ""):
            if line.strip():
                break
        else:
            raise UnreadableFileError("the file holds nothing but blank lines; deliver it again, or take it away")

    def score(delimiter: str) -> int:
        try:
            names = next(csv.reader([_with_marked_returns(line)], delimiter=delimiter), [])
        except csv.Error:
            return 0
        return len({name.strip().lower() for name in names} & set(known))

    return max(_DELIMITERS, key=score)


def _read_fast(connection: duckdb.DuckDBPyConnection, file: TextFile, columns: list[str], delimiter: str) -> str | None:
    """Reads with DuckDB; returns the expression of the line number, or None if the lines do not add up."""
    names = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    try:
        connection.execute(f"""
            create or replace temp table delivered as
            select * from read_csv({literal(str(file.path))}, auto_detect = false, header = true,
                columns = {{{names}}}, delim = {literal(delimiter)}, quote = '"', escape = '"', strict_mode = true,
                compression = 'none')
        """)
    except DUCKDB_ERRORS:
        return None
    rows = count(connection, "select count(*) from delivered")
    if 1 + rows == file.lines:
        return "rowid + 2"
    breaks = " + ".join(
        f"coalesce(length({quoted(name)}) - length(replace({quoted(name)}, chr(10), '')), 0)" for name in columns
    )
    connection.execute(
        f"create or replace temp table numbered as select rowid as row, {breaks} as breaks from delivered"
    )
    if 1 + rows + count(connection, "select coalesce(sum(breaks), 0) from numbered") != file.lines:
        return None
    connection.execute(f"""
        create or replace temp table delivered as
        select delivered.*, numbers.{ROW_NUMBER}
        from delivered
        inner join (
            select row, row + 2 + coalesce(sum(breaks) over (order by row rows between unbounded preceding
                and 1 preceding), 0)::bigint as {ROW_NUMBER}
            from numbered
        ) as numbers on delivered.rowid = numbers.row
        order by numbers.row
    """)
    return ROW_NUMBER


def _read_slowly(
    connection: duckdb.DuckDBPyConnection, file: TextFile, columns: list[str], delimiter: str
) -> Delivered:
    """Reads with Python, row by row; rows that cannot be read go to `malformed`."""
    definition = ", ".join(f"{quoted(name)} varchar" for name in columns)
    connection.execute(f"create or replace temp table delivered ({definition}, {ROW_NUMBER} bigint)")
    malformed = 0
    with file.open() as text:
        records = iter(_Records(text, delimiter, file.line_ends))
        next(records)
        rows: list[list[str | int]] = []
        broken: list[tuple[int, str, str]] = []
        for line, fields, raw, reason in records:
            if fields is not None and len(fields) != len(columns):
                reason = f"row has {len(fields)} columns, the header has {len(columns)}"
            if file.damage and file.damage.is_in(raw):
                raw, reason = file.damage.shown(raw), DAMAGED
            if reason:
                broken.append((line, raw, reason))
            elif fields:
                rows.append([*fields, line])
            if len(rows) >= _BATCH or len(broken) >= _BATCH:
                malformed += _flush(connection, columns, rows, broken)
        malformed += _flush(connection, columns, rows, broken)
    return Delivered(columns, ROW_NUMBER, malformed)


def _flush(
    connection: duckdb.DuckDBPyConnection,
    columns: list[str],
    rows: list[list[str | int]],
    broken: list[tuple[int, str, str]],
) -> int:
    insert_rows(connection, "delivered", [pa.string()] * len(columns) + [pa.int64()], rows)
    insert_rows(connection, "malformed", [pa.int64(), pa.string(), pa.string()], broken)
    malformed = len(broken)
    rows.clear()
    broken.clear()
    return malformed


class _TooLongError(csv.Error):
    """A row, or what broken quotes make of many, is longer than MAX_RECORD."""


class _Records:
    """The records of a delimited text: line of the first character, fields (None if unreadable), text, reason.

    Blank lines are not records. After a record whose quotes are broken, reading goes on with the line after its first.
    Where only line feeds end rows, a carriage return elsewhere is a character of its field.
    """

    def __init__(self, text: TextIO, delimiter: str, line_ends: tuple[str, ...]) -> None:
        self._text = text
        self._line_ends = line_ends
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._size = 0
        self._lines_before = 0
        self._reader = csv.reader(self._feed(), delimiter=delimiter, strict=True)
        self._delimiter = delimiter

    def __iter__(self) -> Iterator[tuple[int, list[str] | None, str, str]]:
        while True:
            line = self._lines_before + 1
            self._taken, self._size = [], 0
            try:
                fields = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                is_long = isinstance(error, _TooLongError) and len(self._taken) == 1
                first, rest = self._taken[0], self._taken[1:]
                self._again.extendleft(reversed(rest))
                self._lines_before = line
                self._reader = csv.reader(self._feed(), delimiter=self._delimiter, strict=True)
                yield line, None, first.rstrip("\r\n"), TOO_LONG if is_long else _BROKEN_QUOTES
                continue
            self._lines_before += len(self._taken)
            if fields and not (len(fields) == 1 and not fields[0].strip()):
                raw = "".join(self._taken)
                if "\r" in raw:
                    fields = [field.replace(_LONE_RETURN, "\r") for field in fields]
                yield line, fields, raw.rstrip("\r\n"), ""

    def _feed(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else self._read_line()
            if not line:
                return
            self._taken.append(line)
            self._size += len(line)
            if self._size > MAX_RECORD:
                raise _TooLongError
            yield line if self._line_ends != ("\n",) or "\r" not in line else _with_marked_returns(line)

    def _read_line(self) -> str:
        """The next line; of a line that is too long only the beginning, so that memory stays bounded."""
        line = self._text.readline(MAX_RECORD + 1)
        if len(line) > MAX_RECORD and not line.endswith(self._line_ends):
            while (rest := self._text.readline(MAX_RECORD)) and not rest.endswith(self._line_ends):
                pass
        return line


def _with_marked_returns(line: str) -> str:
    """The line with a stand-in for each carriage return but that of its end, where Python's reader would end a row."""
    end = "\r\n" if line.endswith("\r\n") else "\n" if line.endswith("\n") else ""
    return line.removesuffix(end).replace("\r", _LONE_RETURN) + end
