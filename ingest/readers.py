"""Reads a delivered file into a DuckDB table of texts, whatever its format.

Each reader ends with a temporary table `delivered`, one text column per column of the file, and a table `malformed` of
rows that have no columns to speak of. The same rows give the same texts in every format, a vendor's pages among them.
What the texts mean is not decided here (`ingest.typing_rules`). Delimited text is `ingest.delimited`'s, spreadsheets
are `ingest.spreadsheets`'.
"""

from __future__ import annotations

import json
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
    DAMAGED,
    MAX_COLUMNS,
    MAX_RECORD,
    ROW_NUMBER,
    TOO_LONG,
    Delivered,
    TextFile,
    UnreadableFileError,
    count,
    insert_rows,
    prepare_text,
    unique_names,
)
from ingest.encodings import Damage
from ingest.native_values import is_native
from ingest.typing_rules import NUMBERS, literal, quoted
from ingest.written_formats import Format

_TEXT_FORMATS = ("csv", "tsv", "jsonl", "json")
_BINARY_FORMATS = ("parquet", "xlsx")
_BATCH = 20_000
#: Bytes of one record of a JSON document.
_MAX_OBJECT = 16 * 1024**2
#: Characters that are read at once where an array is taken apart; what is between two records of it.
_PART, _BETWEEN = 2 * _MAX_OBJECT, re.compile(r"[\s,]*")
#: Bytes of one page of an API.
_MAX_PAGE = 64 * 1024**2
#: Characters of pages that are parsed at once: parsed, they take ten times the room.
_PAGES_AT_ONCE = 8_000_000
#: Bytes in which a JSON file must have its first and its last bracket.
_EDGE = 64_000


def read_delivered(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    contract: Contract,
    work: Path,
    formats: Mapping[str, Format] | None = None,
) -> Delivered:
    """Reads the file into the temporary tables `delivered` and `malformed` of the connection.

    Args:
        connection: its tables `delivered` and `malformed` are replaced.
        path: the file; its ending says the format. `*.pages.jsonl.gz` holds pages of the vendor's API.
        contract: names the columns that are known, and those that files bring under another name.
        work: private folder for copies of the file.
        formats: how columns are written that are not written plainly. A number that has a type in the file becomes the
            text that this source would write, so that no text means two things.

    Raises:
        UnreadableFileError: the file as a whole cannot be read.
    """
    aliases = {alias.lower(): column.name for column in contract.columns for alias in column.aliases}
    known = [*(column.name for column in contract.columns), *aliases]
    formats = formats or {}
    numbers = {column.name for column in contract.columns if column.type in NUMBERS}
    commas = {column for column in numbers & set(formats) if formats[column].decimal == ","}
    commas |= {alias for alias, column in aliases.items() if column in commas}
    delivered = _read(connection, path, contract, known, work, commas)
    delivered = _under_contract_names(connection, delivered, aliases)
    return _with_columns_from_name(connection, delivered, contract, path.name)


def read_set_aside(connection: duckdb.DuckDBPyConnection, file: Path, contract: Contract, file_name: str) -> Delivered:
    """Reads the rows of a quarantine file as their file delivered them, into the same tables as `read_delivered`.

    Rows that could not be split into columns are in `malformed` again. `file_name` is that of the delivered file.

    Raises:
        UnreadableFileError: the rows have no column of the contract.
    """
    aliases = {alias.lower(): column.name for column in contract.columns for alias in column.aliases}
    known = [*(column.name for column in contract.columns), *aliases]
    rows = f"read_parquet({literal(str(file))}, hive_partitioning = false)"
    connection.execute(f"""
        create or replace temp table records as
        select distinct record, row_number as {ROW_NUMBER} from {rows} where record is not null
    """)
    delivered = _records_to_columns(connection, None, replace(contract, spread=""), known, (), ROW_NUMBER)
    connection.execute(f"""
        create or replace temp table malformed as
        select row_number, value, reason from {rows} where record is null
    """)
    delivered = replace(delivered, malformed=count(connection, "select count(*) from malformed"))
    delivered = _under_contract_names(connection, delivered, aliases)
    return _with_columns_from_name(connection, delivered, contract, file_name)


def _under_contract_names(
    connection: duckdb.DuckDBPyConnection, delivered: Delivered, aliases: Mapping[str, str]
) -> Delivered:
    names, native = list(delivered.columns), dict(delivered.native)
    for position, name in enumerate(names):
        if name in aliases and aliases[name] not in names:
            connection.execute(f"alter table delivered rename column {quoted(name)} to {quoted(aliases[name])}")
            names[position] = aliases[name]
            if name in native:
                native[aliases[name]] = native.pop(name)
    return replace(delivered, columns=names, native=native)


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
                    f"neither a column nor the name of the file gives {column.name}: give the file a name with it (as "
                    f"the regular expression {column.from_file} finds it)"
                )
            continue
        value = f"alter table delivered add column {quoted(column.name)} varchar default {literal(found[0])}"
        connection.execute(value)
        names.append(column.name)
    return replace(delivered, columns=names)


def _read(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    contract: Contract,
    known: Collection[str],
    work: Path,
    commas: Collection[str],
) -> Delivered:
    kind, compressed = file_format(path)
    connection.execute("create or replace temp table malformed (row_number bigint, value varchar, reason varchar)")
    if kind == "xlsx":
        from ingest.spreadsheets import read_spreadsheet  # openpyxl takes a quarter of a second to import

        return read_spreadsheet(connection, path, contract, known, commas)
    if kind == "parquet":
        # A view cannot be given another column, or one of them another name, afterwards.
        in_place = not any(column.aliases or column.from_file for column in contract.columns)
        return _read_parquet(connection, path, known, work, commas, in_place=in_place)
    file = prepare_text(path, compressed, work)
    return replace(_read_text(connection, path, file, contract, known, commas), size=file.path.stat().st_size)


def _read_text(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    file: TextFile,
    contract: Contract,
    known: Collection[str],
    commas: Collection[str],
) -> Delivered:
    kind, _ = file_format(path)
    if kind == "json":
        return _read_json(connection, file, contract, known, commas)
    if kind == "jsonl" and ".pages." in path.name.lower():
        return _read_pages(connection, file, contract, known, commas)
    if kind == "jsonl":
        return _read_json_lines(connection, file, contract, known, commas)
    return read_delimited(
        connection,
        file,
        known,
        has_import_ids=contract.has_import_ids,
        has_second_header=contract.has_second_header,
    )


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
    raise UnreadableFileError(
        "the name does not end in csv, tsv, jsonl or json (also with .gz), parquet or xlsx; give it the ending of its "
        "format"
    )


def has_known_ending(name: str) -> bool:
    """Whether a name is that of a file that can be loaded."""
    try:
        file_format(Path(name))
    except UnreadableFileError:
        return False
    return True


def _read_parquet(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    known: Collection[str],
    work: Path,
    commas: Collection[str],
    *,
    in_place: bool,
) -> Delivered:
    """With `in_place` the rows stay where they are: every statement that reads them reads the file."""
    if not path.stat().st_size:
        raise UnreadableFileError("the file is empty; deliver it again, or take it away")
    link = work / "input.parquet"
    link.unlink(missing_ok=True)
    link.symlink_to(path.absolute())
    source = f"read_parquet({literal(str(link))}, hive_partitioning = false)"
    try:
        described = connection.execute(f"describe select * from {source}").fetchall()
        names = unique_names((name for name, *_ in described), known)
        texts = ", ".join(
            f"{_as_text(quoted(raw), data_type, with_comma=name in commas)} as {quoted(name)}"
            for name, (raw, data_type, *_) in zip(names, described, strict=True)
        )
        if in_place and "file_row_number" not in names:
            connection.execute(f"""
                create or replace temp view delivered_in_place as
                select {texts}, file_row_number + 1 as {ROW_NUMBER}
                from {source.removesuffix(")")}, file_row_number = true)
            """)
            relation, row_number = "delivered_in_place", ROW_NUMBER
        else:
            connection.execute(f"create or replace temp table delivered as select {texts} from {source}")
            relation, row_number = "delivered", "rowid + 1"
    except duckdb.Error as error:
        raise UnreadableFileError(f"the file is not sound Parquet: {first_line(error)}; deliver it again") from None
    types = zip(names, (data_type for _, data_type, *_ in described), strict=True)
    native = {name: data_type for name, data_type in types if is_native(data_type) and name not in commas}
    return Delivered(names, row_number, native=native, relation=relation)


def _as_text(column: str, data_type: str, *, with_comma: bool) -> str:
    if with_comma and data_type != "VARCHAR":  # as text, so that quarantine keeps what is read again in the same way
        return f"replace({column}::varchar, '.', ',')"
    if is_native(data_type):
        return column
    if data_type.endswith("]") or data_type.startswith(("STRUCT", "MAP")):
        return f"to_json({column})::varchar"
    return f"{column}::varchar"


def _read_json_lines(
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
        delivered = _records_to_columns(connection, file, contract, known, commas)
        return replace(delivered, has_only_spaces=not has_odd_space)
    _read_lines_slowly(connection, file)
    is_long = {f"length(record) > {MAX_RECORD}": TOO_LONG}
    return _records_to_columns(connection, file, contract, known, commas, ROW_NUMBER, is_long)


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


def _read_json(
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
                maximum_object_size = {_MAX_OBJECT})
        """)
    except duckdb.Error as error:
        if "maximum_object_size" in str(error):
            what = f"one of its records has more than {_MAX_OBJECT // 1024**2} MiB, or its brackets are broken"
            raise UnreadableFileError(f"the file cannot be read: {what}; mend it, or deliver JSONL") from None
        lines = _array_as_lines(file) if layout == "array" and isinstance(error, duckdb.InvalidInputException) else None
        if lines is None:
            raise UnreadableFileError(f"the file is not sound JSON: {first_line(error)}; deliver it again") from None
        return _read_json_lines(connection, lines, contract, known, commas)
    if contract.records and _is_one_page(connection, contract.records):
        records = _records_at("record", f"$.{contract.records}")
        connection.execute(f"create or replace temp table records as select {records}::varchar as record from records")
    return _records_to_columns(connection, file, contract, known, commas)


def _array_as_lines(file: TextFile) -> TextFile | None:
    """The records of an array, one per line of a file beside it; None if the array is not sound.

    DuckDB 2.0 takes some sound arrays of hundreds of megabytes for broken, with one thread as with two.
    """
    target = file.path.with_name("records.jsonl")
    decoder = json.JSONDecoder()
    lines, buffer, place, is_last = 0, "", 0, False
    with file.open() as text, target.open("w", encoding="utf-8", newline="") as records:
        while text.read(1) != "[":
            pass
        while True:
            if not is_last and len(buffer) - place < _MAX_OBJECT:
                part = text.read(_PART)
                buffer, place, is_last = buffer[place:] + part, 0, not part
            found = _BETWEEN.match(buffer, place)
            place = found.end() if found else place
            if buffer[place : place + 1] == "]":
                rest = buffer[place + 1 :] + text.read(_PART)
                return None if rest.strip() else replace(file, path=target, lines=lines, has_lone_return=False)
            try:
                _, end = decoder.raw_decode(buffer, place)
            except (json.JSONDecodeError, RecursionError):
                return None
            records.write(buffer[place:end].replace("\n", " ").replace("\r", " ") + "\n")
            lines, place = lines + 1, end


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


def _read_pages(
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
    except duckdb.Error as error:
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
    return _records_to_columns(connection, file, contract, known, commas)


def _records_to_columns(
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
    except duckdb.InvalidInputException:  # some record is not sound JSON
        return None


def _keys(connection: duckdb.DuckDBPyConnection, records: str, inside: str = "") -> list[str]:
    """The keys of all records, or of the object of that name inside them."""
    path = f", {_pointer(inside)}" if inside else ""
    statement = f"select distinct unnest(json_keys(record{path})) as key from {records} limit {MAX_COLUMNS + 1}"
    return [key for (key,) in connection.execute(statement).fetchall()]


def _pointer(*steps: str) -> str:
    """The JSON pointer to a value, as an SQL literal."""
    return literal("".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps))


def first_line(error: Exception) -> str:
    """What DuckDB says went wrong, without its kind of error, the statement and paths of this machine."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return "it takes more memory than a load may have"
    line = re.sub(r"^[\w ]*(Error|Exception): ", "", str(error).partition("\n")[0])
    line = re.sub(r"""(\bfile )?(["']|(?<=\s))/[^"'\s]*["',]*""", "the file", line, flags=re.IGNORECASE)
    return line.rstrip(" .")
