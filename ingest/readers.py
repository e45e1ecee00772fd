"""Reads a delivered file into a DuckDB table of texts, whatever its format.

Each reader ends with a temporary table `delivered`, one text column per column of the file, and a table `malformed` of
rows that have no columns to speak of. The same rows give the same texts in every format, a vendor's pages among them.
What the texts mean is not decided here (`ingest.typing_rules`). Delimited text is `ingest.delimited`'s, spreadsheets
are `ingest.spreadsheets`'.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.contracts import Contract
from ingest.delimited import read_delimited
from ingest.delivered import (
    MAX_COLUMNS,
    MAX_RECORD,
    ROW_NUMBER,
    Delivered,
    TextFile,
    UnreadableFileError,
    count,
    insert_rows,
    prepare_text,
    unique_names,
)
from ingest.typing_rules import literal, quoted

_TEXT_FORMATS = ("csv", "tsv", "jsonl", "json")
_BINARY_FORMATS = ("parquet", "xlsx")
_BATCH = 20_000
#: Bytes in which a JSON file must have its first and its last bracket.
_EDGE = 64_000


def read_delivered(connection: duckdb.DuckDBPyConnection, path: Path, contract: Contract, work: Path) -> Delivered:
    """Reads the file into the temporary tables `delivered` and `malformed` of the connection.

    Args:
        connection: its tables `delivered` and `malformed` are replaced.
        path: the file; its ending says the format. `*.pages.jsonl.gz` holds pages of the vendor's API.
        contract: names the columns that are known, and those that files bring under another name.
        work: private folder for copies of the file.

    Raises:
        UnreadableFileError: the file as a whole cannot be read.
    """
    aliases = {alias.lower(): column.name for column in contract.columns for alias in column.aliases}
    known = [*(column.name for column in contract.columns), *aliases]
    delivered = _read(connection, path, contract, known, work)
    delivered = _under_contract_names(connection, delivered, aliases)
    return _with_columns_from_name(connection, delivered, contract, path.name)


def _under_contract_names(
    connection: duckdb.DuckDBPyConnection, delivered: Delivered, aliases: Mapping[str, str]
) -> Delivered:
    names = list(delivered.columns)
    for position, name in enumerate(names):
        if name in aliases and aliases[name] not in names:
            connection.execute(f"alter table delivered rename column {quoted(name)} to {quoted(aliases[name])}")
            names[position] = aliases[name]
    return replace(delivered, columns=names)


def _with_columns_from_name(
    connection: duckdb.DuckDBPyConnection, delivered: Delivered, contract: Contract, file_name: str
) -> Delivered:
    """Adds the columns that the file does not bring and its name tells.

    Raises:
        UnreadableFileError: the name does not tell one that is required; under a better name the file can be loaded.
    """
    names = list(delivered.columns)
    for column in contract.columns:
        if not column.from_file or column.name in names:
            continue
        if not (found := re.search(column.from_file, file_name)):
            if column.required:
                raise UnreadableFileError(
                    f"neither a column nor the name of the file gives {column.name} ({column.from_file})"
                )
            continue
        value = f"alter table delivered add column {quoted(column.name)} varchar default {literal(found[0])}"
        connection.execute(value)
        names.append(column.name)
    return replace(delivered, columns=names)


def _read(
    connection: duckdb.DuckDBPyConnection, path: Path, contract: Contract, known: Collection[str], work: Path
) -> Delivered:
    kind, compressed = file_format(path)
    connection.execute("create or replace temp table malformed (row_number bigint, value varchar, reason varchar)")
    if kind == "xlsx":
        from ingest.spreadsheets import read_spreadsheet  # openpyxl takes a quarter of a second to import

        return read_spreadsheet(connection, path, known)
    if kind == "parquet":
        return _read_parquet(connection, path, known, work)
    file = prepare_text(path, compressed, work)
    if kind == "json":
        return _read_json(connection, file, contract, known)
    if kind == "jsonl":
        return _read_json_lines(connection, file, contract, known, is_pages=".pages." in path.name.lower())
    return read_delimited(connection, file, known, has_import_ids=contract.has_import_ids)


def file_format(path: Path) -> tuple[str, bool]:
    """The format of a file by its name, and whether it is compressed with gzip.

    Raises:
        UnreadableFileError: the ending is none of those that can be loaded.
    """
    name = path.name.lower()
    compressed = name.endswith(".gz")
    ending = name.removesuffix(".gz").rpartition(".")[2]
    if ending in _TEXT_FORMATS or (ending in _BINARY_FORMATS and not compressed):
        return ending, compressed
    raise UnreadableFileError("the name does not end in csv, tsv, jsonl or json (also with .gz), parquet or xlsx")


def _read_parquet(connection: duckdb.DuckDBPyConnection, path: Path, known: Collection[str], work: Path) -> Delivered:
    link = work / "input.parquet"
    link.unlink(missing_ok=True)
    link.symlink_to(path.absolute())
    source = f"read_parquet({literal(str(link))}, hive_partitioning = false)"
    try:
        described = connection.execute(f"describe select * from {source}").fetchall()
        names = unique_names((name for name, *_ in described), known)
        texts = ", ".join(
            f"{_as_text(quoted(raw), data_type)} as {quoted(name)}"
            for name, (raw, data_type, *_) in zip(names, described, strict=True)
        )
        connection.execute(f"create or replace temp table delivered as select {texts} from {source}")
    except duckdb.Error as error:
        raise UnreadableFileError(f"the file is not sound Parquet: {first_line(error)}") from None
    return Delivered(names, "rowid + 1")


def _as_text(column: str, data_type: str) -> str:
    if data_type.endswith("]") or data_type.startswith(("STRUCT", "MAP")):
        return f"to_json({column})::varchar"
    return f"{column}::varchar"


def _read_json_lines(
    connection: duckdb.DuckDBPyConnection, file: TextFile, contract: Contract, known: Collection[str], *, is_pages: bool
) -> Delivered:
    """One object per line, or one page of objects; a line that is none goes to `malformed`."""
    row_number = "rowid + 1"
    if _read_lines_fast(connection, file):
        if is_pages:
            _pages_to_records(connection, contract.records)
    elif is_pages:
        raise UnreadableFileError("the file does not hold one page of the API per line")
    else:
        _read_lines_slowly(connection, file)
        row_number = ROW_NUMBER
    _spread(connection, contract.spread)
    return _records_to_columns(connection, known, row_number)


def _read_lines_fast(connection: duckdb.DuckDBPyConnection, file: TextFile) -> bool:
    """Reads the lines with DuckDB, if each is a record: JSON holds no raw control character, so none is split."""
    if file.has_lone_return:
        return False
    try:
        connection.execute(f"""
            create or replace temp table records as
            select record
            from read_csv({literal(str(file.path))}, auto_detect = false, header = false,
                columns = {{'record': 'VARCHAR'}}, delim = chr(31), quote = '', escape = '', compression = 'none')
        """)
    except duckdb.Error:
        return False
    return count(connection, "select count(*) from records where trim(record) <> ''") == file.lines


def _read_lines_slowly(connection: duckdb.DuckDBPyConnection, file: TextFile) -> None:
    connection.execute(f"create or replace temp table records (record varchar, {ROW_NUMBER} bigint)")
    types = [pa.string(), pa.int64()]
    rows: list[tuple[str, int]] = []
    with file.open() as text:
        number = 0
        while line := text.readline(MAX_RECORD + 1):
            number += 1
            if len(line) > MAX_RECORD:
                while (rest := text.readline(MAX_RECORD)) and not rest.endswith(("\n", "\r")):
                    pass
            if line.strip():
                rows.append((line.strip(), number))
            if len(rows) >= _BATCH:
                insert_rows(connection, "records", types, rows)
                rows.clear()
    insert_rows(connection, "records", types, rows)


def _read_json(
    connection: duckdb.DuckDBPyConnection, file: TextFile, contract: Contract, known: Collection[str]
) -> Delivered:
    """An array of objects, objects one after the other, or a page of a vendor's API as its body came."""
    start, end = _first_and_last_character(file.path)
    layout = "array" if start == b"[" else "unstructured"
    if layout == "array" and end != b"]":  # DuckDB would take the records before the cut
        raise UnreadableFileError("the file is not sound JSON: its array does not end")
    try:
        connection.execute(f"""
            create or replace temp table records as
            select json::varchar as record
            from read_json_objects({literal(str(file.path))}, format = '{layout}', compression = 'none')
        """)
    except duckdb.Error as error:
        raise UnreadableFileError(f"the file is not sound JSON: {first_line(error)}") from None
    if contract.records and _is_one_page(connection, contract.records):
        _unwrap(connection, f"$.{contract.records}")
    _spread(connection, contract.spread)
    return _records_to_columns(connection, known, "rowid + 1")


def _is_one_page(connection: duckdb.DuckDBPyConnection, records: str) -> bool:
    path = literal(f"$.{records}")
    pages = f"count_if(json_type(record, {path}) in ('ARRAY', 'OBJECT'))"
    return bool(count(connection, f"select count(*) = 1 and {pages} = 1 from records"))


def _first_and_last_character(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        start = file.read(_EDGE).lstrip()[:1]
        file.seek(-min(_EDGE, file.seek(0, os.SEEK_END)), os.SEEK_END)
        return start, file.read(_EDGE).rstrip()[-1:]


def _pages_to_records(connection: duckdb.DuckDBPyConnection, records: str) -> None:
    """Puts the records of the pages in the place of the pages in `records`.

    Raises:
        UnreadableFileError: a page is none, or has no records where they belong; a pull that lands it is at fault.
    """
    body = "$.body" + (f".{records}" if records else "")
    wanted = "('ARRAY', 'OBJECT')" if records else "('OBJECT')"
    is_page = f"json_valid(record) and coalesce(json_type(record, {literal(body)}) in {wanted}, false)"
    broken = count(connection, f"select min(rowid) + 1 from records where not ({is_page})")
    if broken:
        raise UnreadableFileError(f"line {broken} is no page of the API" + (f" with {records}" if records else ""))
    _unwrap(connection, body)


def _unwrap(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """Puts what is at the path of each of `records` in its place: an object, or the elements of an array."""
    connection.execute(f"""
        create or replace temp table records as
        select unnest(
            case json_type(record, {literal(path)})
                when 'ARRAY' then json_extract(record, {literal(path + "[*]")})
                else [json_extract(record, {literal(path)})]
            end
        )::varchar as record
        from records
    """)


def _spread(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Puts the keys of the object of that name beside it, in each of `records` that has one."""
    if not name:
        return
    path, nothing = literal(f"$.{name}"), literal(f'{{"{name}": null}}')
    connection.execute(f"""
        create or replace temp table records as
        select * replace (
            case
                when json_valid(record) and json_type(record, {path}) = 'OBJECT'
                    then json_merge_patch(record, json_extract(record, {path}), {nothing})::varchar
                else record
            end as record
        )
        from records
    """)


def _records_to_columns(connection: duckdb.DuckDBPyConnection, known: Collection[str], row_number: str) -> Delivered:
    """Turns the texts of `records` into `delivered`, one column per key that any of them has."""
    connection.execute(f"""
        create or replace temp table malformed as
        select {row_number} as row_number, record as value, 'not a JSON object' as reason
        from records
        where not json_valid(record) or json_type(try_cast(record as json)) <> 'OBJECT'
    """)
    malformed = count(connection, "select count(*) from malformed")
    valid = "records"
    if malformed:
        valid = f"(select *, rowid from records where {row_number} not in (select row_number from malformed))"
    keys = [
        key
        for (key,) in connection.execute(
            f"select distinct unnest(json_keys(record)) as key from {valid} limit {MAX_COLUMNS + 1}"
        ).fetchall()
    ]
    order = {name: position for position, name in enumerate(known)}
    keys.sort(key=lambda key: (order.get(key.strip().lower(), len(order)), key))
    is_empty = malformed == count(connection, "select count(*) from records")
    names = unique_names(list(known)[:1] if is_empty else keys, known)
    pointers = ", ".join(literal("/" + key.replace("~", "~0").replace("/", "~1")) for key in keys or names)
    values = ", ".join(f"texts[{position}] as {quoted(name)}" for position, name in enumerate(names, start=1))
    connection.execute(f"""
        create or replace temp table delivered as
        select {values}, {ROW_NUMBER}
        from (select {row_number} as {ROW_NUMBER}, json_extract_string(record, [{pointers}]) as texts from {valid})
    """)
    return Delivered(names, ROW_NUMBER, malformed)


def first_line(error: Exception) -> str:
    """What DuckDB says went wrong, without the statement and without paths of this machine."""
    return re.sub(r"""["']?/\S*""", "the file", str(error).partition("\n")[0])
