"""Reads JSON into the tables `delivered` and `malformed`: lines, documents, and pages of a vendor's API.

All three end as the table `records` of one text per record, from which `records_to_columns` makes columns. Which file
is read how is `ingest.readers`' business.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.contracts import Contract
from ingest.delivered import (
    DAMAGED,
    DUCKDB_ERRORS,
    MAX_COLUMNS,
    MAX_RECORD,
    ROW_NUMBER,
    TOO_LONG,
    Delivered,
    TextFile,
    UnreadableFileError,
    count,
    first_line,
    insert_rows,
    unique_names,
)
from ingest.encodings import Damage
from ingest.json_arrays import MAX_OBJECT, array_as_lines
from ingest.typing_rules import literal, quoted

#: What DuckDB raises of JSON that is not sound; see DUCKDB_ERRORS.
_UNSOUND = (duckdb.InvalidInputException, UnicodeDecodeError)
_BATCH = 20_000
#: Bytes of one page of an API.
_MAX_PAGE = 64 * 1024**2
#: Characters of pages that are parsed at once: parsed, they take ten times the room.
_PAGES_AT_ONCE = 8_000_000
#: Bytes in which a JSON file must have its first and its last bracket.
_EDGE = 64_000


def read_json_lines(
    connection: duckdb.DuckDBPyConnection,
    file: TextFile,
    contract: Contract,
    known: Collection[str],
    commas: Collection[str],
) -> Delivered:
    """One object per line; a line that is none goes to `malformed`."""
    if _read_lines_fast(connection, file):
        # Unless it is escaped, JSON allows a text no other white space than these two.
        has_odd_space = file.has_hard_space or count(connection, "select count_if(contains(record, '\\')) from records")
        delivered = records_to_columns(connection, file, contract, known, commas)
        return replace(delivered, has_only_spaces=not has_odd_space)
    _read_lines_slowly(connection, file)
    is_long = {f"length(record) > {MAX_RECORD}": TOO_LONG}
    return records_to_columns(connection, file, contract, known, commas, ROW_NUMBER, is_long)


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
    except DUCKDB_ERRORS:
        return False
    return (
        count(connection, "select count(*) from records where prefix(record, '{') or trim(record) <> ''") == file.lines
    )


def _read_lines_slowly(connection: duckdb.DuckDBPyConnection, file: TextFile) -> None:
    connection.execute(f"create or replace temp table records (record varchar, {ROW_NUMBER} bigint)")
    types = [pa.string(), pa.int64()]
    rows: list[tuple[str, int]] = []
    with file.open() as text:
        number = 0
        while line := text.readline(MAX_RECORD + 1):
            number += 1
            if len(line) > MAX_RECORD and not line.endswith(file.line_ends):
                while (rest := text.readline(MAX_RECORD)) and not rest.endswith(file.line_ends):
                    pass
            elif not line.strip():
                continue
            rows.append((line.rstrip("\r\n"), number))
            if len(rows) >= _BATCH:
                insert_rows(connection, "records", types, rows)
                rows.clear()
    insert_rows(connection, "records", types, rows)


def read_json(
    connection: duckdb.DuckDBPyConnection,
    file: TextFile,
    contract: Contract,
    known: Collection[str],
    commas: Collection[str],
) -> Delivered:
    """An array of objects, objects one after the other, or a page of a vendor's API as its body came."""
    start, end = _first_and_last_character(file.path)
    layout = "array" if start == b"[" else "unstructured"
    if layout == "array" and end != b"]":  # DuckDB would take the records before the cut
        raise UnreadableFileError("the file is not sound JSON: its array does not end; deliver it again, whole")
    try:
        connection.execute(f"""
            create or replace temp table records as
            select json::varchar as record
            from read_json_objects({literal(str(file.path))}, format = '{layout}', compression = 'none',
                maximum_object_size = {MAX_OBJECT})
        """)
    except DUCKDB_ERRORS as error:
        if "maximum_object_size" in str(error):
            what = f"one of its records has more than {MAX_OBJECT // 1024**2} MiB, or its brackets are broken"
            raise UnreadableFileError(f"the file cannot be read: {what}; mend it, or deliver JSONL") from None
        lines = array_as_lines(file) if layout == "array" and isinstance(error, _UNSOUND) else None
        if lines is None:
            raise UnreadableFileError(f"the file is not sound JSON: {first_line(error)}; deliver it again") from None
        return read_json_lines(connection, lines, contract, known, commas)
    if contract.records and _is_one_page(connection, contract.records):
        records = _records_at("record", f"$.{contract.records}")
        connection.execute(f"create or replace temp table records as select {records}::varchar as record from records")
    return records_to_columns(connection, file, contract, known, commas)


def _is_one_page(connection: duckdb.DuckDBPyConnection, records: str) -> bool:
    path = literal(f"$.{records}")
    pages = f"count_if(json_type(record, {path}) in ('ARRAY', 'OBJECT'))"
    return bool(count(connection, f"select count(*) = 1 and {pages} = 1 from records"))


def _records_at(page: str, path: str) -> str:
    """In a select list: one row per record at the path of a page, an object or the elements of an array."""
    return (
        f"unnest(case json_type({page}, {literal(path)})"
        f" when 'ARRAY' then json_extract({page}, {literal(path + '[*]')})"
        f" else [json_extract({page}, {literal(path)})] end)"
    )


def _first_and_last_character(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        start = file.read(_EDGE).lstrip()[:1]
        file.seek(-min(_EDGE, file.seek(0, os.SEEK_END)), os.SEEK_END)
        return start, file.read(_EDGE).rstrip()[-1:]


def read_pages(
    connection: duckdb.DuckDBPyConnection,
    file: TextFile,
    contract: Contract,
    known: Collection[str],
    commas: Collection[str],
) -> Delivered:
    """One page of the vendor's API per line, with the records at a path of its body.

    Raises:
        UnreadableFileError: a line is no page, or has no records where they belong; a pull that lands it is at fault.
    """
    records = contract.records
    path = f"$.body.{records}" if records else "$.body"
    try:
        connection.execute(f"""
            create or replace temp table pages as
            select json::varchar as page
            from read_json_objects({literal(str(file.path))}, format = 'newline_delimited', compression = 'none',
                maximum_object_size = {_MAX_PAGE})
        """)
    except DUCKDB_ERRORS as error:
        raise UnreadableFileError(
            f"the file does not hold one page of the API per line ({first_line(error)}); deliver it again"
        ) from None
    is_page = f"coalesce(json_type(page, {literal(path)}) in ('ARRAY', 'OBJECT'), false)"
    of_page = {
        literal(column.name): f"nullif(regexp_extract(url, {literal(column.url_pattern)}, 1), '')"
        for column in contract.columns
        if column.url_pattern
    }
    with_page = "record"
    if of_page:  # a page without its address, as a file may hold, has the records as they are
        patch = ", ".join(f"{name}, {value}" for name, value in of_page.items())
        is_known = f"coalesce({', '.join(of_page.values())}) is not null"
        with_page = f"case when {is_known} then json_merge_patch(record, json_object({patch})) else record end"
    pages = count(connection, "select count(*) from pages")
    at_once = max(1, _PAGES_AT_ONCE // max(1, count(connection, "select max(length(page)) from pages")))
    connection.execute("create or replace temp table records (record varchar)")
    for first in range(0, pages, at_once):
        some = f"pages where rowid >= {first} and rowid < {first + at_once}"
        if broken := count(connection, f"select min(rowid) + 1 from {some} and not ({is_page})"):
            raise UnreadableFileError(f"line {broken} is no page of the API" + (f" with {records}" if records else ""))
        # The address is taken before a page becomes its records: else the page would be parsed for each of them.
        connection.execute(f"""
            insert into records
            select {with_page}::varchar
            from (
                select {_records_at("page", path)} as record, url
                from (select page, json_extract_string(page, '$.request.url') as url from {some})
            )
        """)
    connection.execute("drop table pages")
    return records_to_columns(connection, file, contract, known, commas)


def records_to_columns(
    connection: duckdb.DuckDBPyConnection,
    file: TextFile | None,
    contract: Contract,
    known: Collection[str],
    commas: Collection[str],
    row_number: str = "rowid + 1",
    faults: Mapping[str, str] | None = None,
) -> Delivered:
    """Turns the texts of `records` into `delivered`, one column per key that any of them has.

    The keys of the object `contract.spread` of a record are columns as well; a record's own key of that name goes
    before. Numbers of the columns `commas` get a decimal comma. `faults` are conditions of a record that cannot be
    read, and the reasons to report, before those of all JSON.
    """
    spread = contract.spread
    damage = file.damage if file else None
    keys_of_all = None if spread or faults or damage else _keys_of_objects(connection)
    malformed = (
        0 if keys_of_all is not None else _find_malformed(connection, row_number, spread, damage, dict(faults or {}))
    )
    valid = "records"
    if malformed:
        valid = f"(select *, rowid from records where {row_number} not in (select row_number from malformed))"
    found = keys_of_all if keys_of_all is not None else _keys(connection, valid)
    columns = {key: [_pointer(key)] for key in found if not spread or key != spread}
    if spread:
        own = {key.strip().lower(): key for key in columns}
        for key in _keys(connection, valid, spread):
            columns.setdefault(own.get(key.strip().lower(), key), []).append(_pointer(spread, key))
    order = {name: position for position, name in enumerate(known)}
    keys = sorted(columns, key=lambda key: (order.get(key.strip().lower(), len(order)), key))
    is_empty = malformed == count(connection, "select count(*) from records")
    names = unique_names(list(known)[:1] if is_empty else keys, known)
    places = [columns[key] for key in keys] or [[_pointer(name)] for name in names]
    pointers = [pointer for of_column in places for pointer in of_column]
    number = iter(range(1, len(pointers) + 1))
    texts = [
        ", ".join(_json_text(next(number), pointer, with_comma=name in commas) for pointer in of_column)
        for name, of_column in zip(names, places, strict=True)
    ]
    values = ", ".join(
        f"{f'coalesce({text})' if ',' in text else text} as {quoted(name)}"
        for name, text in zip(names, texts, strict=True)
    )
    connection.execute(f"""
        create or replace temp table delivered as
        select {values}, {ROW_NUMBER}
        from (
            select {row_number} as {ROW_NUMBER}, json_extract_string(record, [{", ".join(pointers)}]) as texts
                {", record" if commas else ""}
            from {valid}
        )
    """)
    connection.execute("drop table records")  # else it would be written to disk where there is no room for both
    return Delivered(names, ROW_NUMBER, malformed, message=file.message if file else "")


def _json_text(number: int, pointer: str, *, with_comma: bool) -> str:
    text = f"texts[{number}]"
    if not with_comma:
        return text
    is_number = f"json_type(record, {pointer}) in ('BIGINT', 'DECIMAL', 'DOUBLE', 'HUGEINT', 'UBIGINT', 'UHUGEINT')"
    return f"case when {is_number} then replace({text}, '.', ',') else {text} end"


def _shown(damage: Damage) -> str:
    """The text of `record` with each damaged byte as it is commonly written, as `Damage.shown` gives it."""
    first = damage.first
    byte = f"case when ord(c) between {first} and {first + 255} then printf('\\x%02X', ord(c) - {first}) else c end"
    return f"array_to_string(list_transform(string_split(record, ''), lambda c: {byte}), '')"


def _find_malformed(
    connection: duckdb.DuckDBPyConnection, row_number: str, spread: str, damage: Damage | None, faults: dict[str, str]
) -> int:
    """Fills the table `malformed` with the records that cannot be read; returns their number."""
    value = "record"
    if damage:
        is_damaged = f"regexp_matches(record, {literal(damage.pattern)})"
        faults[is_damaged] = DAMAGED
        value = f"case when {is_damaged} then {_shown(damage)} else record end"
    faults["json_type(try_cast(record as json)) is distinct from 'OBJECT'"] = "not a JSON object"
    if spread:
        kind = f"json_type(try_cast(record as json), {_pointer(spread)})"
        faults[f"{kind} not in ('OBJECT', 'NULL')"] = f"its {spread} are not a JSON object"
    reason = " ".join(f"when {condition} then {literal(words)}" for condition, words in faults.items())
    connection.execute(f"""
        create or replace temp table malformed as
        select {row_number} as row_number, {value} as value, case {reason} end as reason
        from records
        where case {reason} end is not null
    """)
    return count(connection, "select count(*) from malformed")


def _keys_of_objects(connection: duckdb.DuckDBPyConnection) -> list[str] | None:
    """The keys of all records, if every one is an object: then one look at each record tells both."""
    if count(connection, "select count_if(not prefix(record, '{')) from records"):
        return None
    try:
        return _keys(connection, "records")
    except _UNSOUND:
        return None


def _keys(connection: duckdb.DuckDBPyConnection, records: str, inside: str = "") -> list[str]:
    """The keys of all records, or of the object of that name inside them."""
    path = f", {_pointer(inside)}" if inside else ""
    statement = f"select distinct unnest(json_keys(record{path})) as key from {records} limit {MAX_COLUMNS + 1}"
    return [key for (key,) in connection.execute(statement).fetchall()]


def _pointer(*steps: str) -> str:
    """The JSON pointer to a value, as an SQL literal."""
    return literal("".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps))
