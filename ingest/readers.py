"""Reads a delivered file into a DuckDB table of texts, whatever its format.

Each reader ends with a temporary table `delivered`, one text column per column of the file, and a table `malformed` of
rows that have no columns to speak of. The same rows give the same texts in every format, a vendor's pages among them.
What the texts mean is not decided here (`ingest.typing_rules`). Delimited text is `ingest.delimited`'s, spreadsheets
are `ingest.spreadsheets`', JSON is `ingest.json_records`'.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from ingest.contracts import Contract
from ingest.delimited import read_delimited
from ingest.delivered import (
    DUCKDB_ERRORS,
    ROW_NUMBER,
    Delivered,
    TextFile,
    UnreadableFileError,
    count,
    first_line,
    prepare_text,
    unique_names,
)
from ingest.json_records import read_json, read_json_lines, read_pages, records_to_columns
from ingest.native_values import is_native
from ingest.typing_rules import NUMBERS, literal, quoted
from ingest.written_formats import Format

_TEXT_FORMATS = ("csv", "tsv", "jsonl", "json")
_BINARY_FORMATS = ("parquet", "xlsx")
#: The formats in which a number is no text.
WITH_NUMBERS = ("jsonl", "json", "parquet", "xlsx")
#: With each list in a list DuckDB takes twice the time to read Parquet, and cannot be stopped: at 24 it is seconds for
#: ten rows, at 50 years.
_MAX_LISTS_DEEP = 16


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
    delivered = records_to_columns(connection, None, replace(contract, spread=""), known, (), ROW_NUMBER)
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
        return read_json(connection, file, contract, known, commas)
    if kind == "jsonl" and ".pages." in path.name.lower():
        return read_pages(connection, file, contract, known, commas)
    if kind == "jsonl":
        return read_json_lines(connection, file, contract, known, commas)
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
        if _lists_in_lists(connection, link) > _MAX_LISTS_DEEP:
            raise UnreadableFileError(
                f"the file has lists in lists, more than {_MAX_LISTS_DEEP} deep; deliver it without them, or as text"
            )
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
    except DUCKDB_ERRORS as error:
        raise UnreadableFileError(f"the file is not sound Parquet: {first_line(error)}; deliver it again") from None
    types = zip(names, (data_type for _, data_type, *_ in described), strict=True)
    native = {name: data_type for name, data_type in types if is_native(data_type) and name not in commas}
    return Delivered(names, row_number, native=native, relation=relation)


def _lists_in_lists(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """How deep lists lie in lists, by the schema of a Parquet file: its columns, each before what it is made of."""
    schema = f"parquet_schema({literal(str(path))})"
    statement = f"select coalesce(repetition_type = 'REPEATED', false), coalesce(num_children, 0) from {schema}"
    deepest = 0
    parents: list[tuple[int, int]] = []  # of each: how many children are still to come, in how many lists they lie
    for is_list, children in connection.execute(statement).fetchall():
        while parents and not parents[-1][0]:
            parents.pop()
        lists = int(is_list)
        if parents:
            to_come, lists_around = parents.pop()
            parents.append((to_come - 1, lists_around))
            lists += lists_around
        deepest = max(deepest, lists)
        parents.append((children, lists))
    return deepest


def _as_text(column: str, data_type: str, *, with_comma: bool) -> str:
    if with_comma and data_type != "VARCHAR":  # as text, so that quarantine keeps what is read again in the same way
        return f"replace({column}::varchar, '.', ',')"
    if is_native(data_type):
        return column
    if data_type.endswith("]") or data_type.startswith(("STRUCT", "MAP")):
        return f"to_json({column})::varchar"
    return f"{column}::varchar"
