"""Reads the first sheet of an XLSX workbook as texts.

Cells become the texts that a CSV file would hold: whole numbers without decimals, days as YYYY-MM-DD, instants in ISO
8601 (a spreadsheet knows no offset, so they are UTC), formulas as the value that was last computed. Rows without any
value are not rows, and neither are titles and notes above the header.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa

from ingest.contracts import Contract
from ingest.delivered import MAX_COLUMNS, ROW_NUMBER, Delivered, UnreadableFileError, insert_rows, unique_names
from ingest.second_header import header_of
from ingest.typing_rules import quoted

#: Bytes of a workbook after decompression; openpyxl holds its shared texts in memory.
MAX_WORKBOOK_BYTES = 512 * 1024**2
_BATCH = 5_000
#: Rows with a value, from the top of a sheet, among which the header is looked for.
_HEADER_WITHIN = 50

_Row = tuple[int, Sequence[Any]]


def read_spreadsheet(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    contract: Contract,
    known: Collection[str],
    commas: Collection[str] = (),
) -> Delivered:
    """Reads the first sheet into the temporary table `delivered`; row numbers are the sheet's.

    `known` are the names of the contract's columns, aliases among them; numbers of the columns `commas` get a decimal
    comma.

    Raises:
        UnreadableFileError: the file is no workbook, too large, or has no header of the contract.
    """
    if not path.stat().st_size:
        raise UnreadableFileError("the file is empty; deliver it again, or take it away")
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_WORKBOOK_BYTES:
                raise UnreadableFileError(
                    f"the workbook has more than {MAX_WORKBOOK_BYTES // 1024**2} MiB unpacked; deliver CSV"
                )
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            return _read_sheet(connection, workbook.worksheets[0], contract, known, commas)
        finally:
            workbook.close()
    except (UnreadableFileError, duckdb.Error):
        raise
    except Exception as error:
        raise UnreadableFileError(
            f"the file is not a sound XLSX workbook ({type(error).__name__}); save it anew, or deliver CSV"
        ) from error


def _read_sheet(
    connection: duckdb.DuckDBPyConnection,
    sheet: Any,
    contract: Contract,
    known: Collection[str],
    commas: Collection[str],
) -> Delivered:
    first, rows = _header(_rows(sheet), contract)
    own = None
    if contract.has_second_header and (second := next(rows, None)) is not None:
        own = header_of(first, [text or "" for text in map(_text, second[1])], known)
        rows = rows if own else chain([second], rows)
    names = unique_names(own.names if own else first, known)
    with_comma = [name in commas for name in names]
    definition = ", ".join(f"{quoted(name)} varchar" for name in names)
    connection.execute(f"create or replace temp table delivered ({definition}, {ROW_NUMBER} bigint)")
    types = [pa.string()] * len(names) + [pa.int64()]
    batch: list[list[str | int | None]] = []
    broken: list[tuple[int, str, str]] = []
    malformed = 0
    for number, cells in rows:
        texts = [_text(cell) for cell in cells]
        for position, cell in enumerate(cells):
            if commas and position < len(names) and with_comma[position] and isinstance(cell.value, int | float):
                texts[position] = (texts[position] or "").replace(".", ",")
        if len(texts) > len(names):
            reason = f"row has {len(texts)} columns, the header has {len(names)}"
            broken.append((number, "\t".join(text or "" for text in texts), reason))
            malformed += 1
        else:
            batch.append([*texts, *[None] * (len(names) - len(texts)), number])
        if len(batch) >= _BATCH:
            insert_rows(connection, "delivered", types, batch)
            batch.clear()
    insert_rows(connection, "delivered", types, batch)
    insert_rows(connection, "malformed", [pa.int64(), pa.string(), pa.string()], broken)
    return Delivered(names, ROW_NUMBER, malformed)


def _header(rows: Iterator[_Row], contract: Contract) -> tuple[list[str], Iterator[_Row]]:
    """The header of a sheet and the rows below it.

    Titles and notes may stand above: the header is the first row that has all columns which the contract requires. If
    there is none, it is the first row, so that what is missing can be said.
    """
    required = [
        {name.lower() for name in (column.name, *column.aliases)}
        for column in contract.columns
        if column.required and not column.from_file
    ]
    above: list[_Row] = []
    for row in islice(rows, _HEADER_WITHIN):
        above.append(row)
        names = [_text(cell) or "" for cell in row[1]]
        found = {name.strip().lower() for name in names}
        if required and all(found & column for column in required):
            return names, rows
    if not above:
        raise UnreadableFileError("the first sheet is empty; put the rows on the first sheet")
    return [_text(cell) or "" for cell in above[0][1]], chain(above[1:], rows)


def _rows(sheet: Any) -> Iterator[_Row]:
    """Row number and cells of each row that has a value, without the empty cells at its end."""
    sheet.reset_dimensions()  # what the file says of its own size is not to be trusted
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1), start=1):
        width = next((width for width in range(len(cells), 0, -1) if cells[width - 1].value is not None), 0)
        if width:
            yield number, cells[:width]


def _text(cell: Any) -> str | None:
    value = cell.value
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
        case datetime():
            shows_time = any(letter in (cell.number_format or "").lower() for letter in "hs")
            is_day = value.time() == time() and not shows_time
            return value.date().isoformat() if is_day else value.isoformat()
        case date():
            return value.isoformat()
        case time():
            return value.isoformat(timespec="minutes") if not value.second else value.isoformat()
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    return str(value)
