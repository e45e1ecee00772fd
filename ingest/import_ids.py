"""Delimited files with three header rows: names, wordings, and JSON objects with an `ImportId`.

The first row has the names that whoever built the survey chose, the third the ids that do not change, which are also
the keys of the same records in JSON: `{"ImportId":"QID4_1"}`, `{"ImportId":"QID5","choiceId":"2"}`, and for instants
`{"ImportId":"recordedDate","timeZone":"America/Denver"}`. The columns are named by them, and instants without an offset
are read in that time zone. The second and third row are told by what is in the third, and are no rows of the file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from ingest.delivered import ROW_NUMBER, Delivered, UnreadableFileError, count
from ingest.typing_rules import literal, quoted

#: An instant, or a day, without an offset.
_LOCAL = r"\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?\s*"


@dataclass(frozen=True)
class Header:
    """Names of the columns, and the time zones of those that have one, by position."""

    names: list[str]
    zones: dict[int, str]


def header_of(records: Sequence[list[str] | None]) -> Header | None:
    """The header that the first three records of a file make; None if the third is none of this kind."""
    if len(records) < 3 or records[0] is None or records[2] is None or len(records[2]) != len(records[0]):
        return None
    names, zones, found = list(records[0]), {}, False
    for position, cell in enumerate(records[2]):
        if not cell.strip():
            continue
        try:
            entry = json.loads(cell)
        except json.JSONDecodeError:
            return None
        if not isinstance(entry, dict) or not isinstance(entry.get("ImportId"), str):
            return None
        found = True
        names[position] = "_".join(str(entry[part]) for part in ("ImportId", "choiceId") if part in entry)
        if zone := entry.get("timeZone"):
            zones[position] = "UTC" if zone == "Z" else str(zone)
    return Header(names, zones) if found else None


def without_header_rows(
    connection: duckdb.DuckDBPyConnection, delivered: Delivered, header: Header, lines: Sequence[int]
) -> Delivered:
    """Takes the rows on these lines out of the table `delivered`, and gives local instants their offset.

    Raises:
        UnreadableFileError: a time zone of the header does not exist.
    """
    for zone in set(header.zones.values()):
        if not count(connection, f"select count(*) from pg_timezone_names() where name = {literal(zone)}"):
            raise UnreadableFileError("the third header row names a time zone that does not exist")
    columns = ", ".join(
        f"{_with_offset(quoted(name), header.zones[position])} as {quoted(name)}"
        if position in header.zones
        else quoted(name)
        for position, name in enumerate(delivered.columns)
    )
    connection.execute(f"""
        create or replace temp table delivered as
        select {columns}, {delivered.row_number} as {ROW_NUMBER}
        from delivered
        where {delivered.row_number} not in ({", ".join(str(line) for line in lines)})
    """)
    return replace(delivered, row_number=ROW_NUMBER)


def _with_offset(text: str, zone: str) -> str:
    instant = f"timezone({literal(zone)}, try_cast(trim({text}) as timestamp))::varchar"
    return f"case when regexp_full_match({text}, {literal(_LOCAL)}) then coalesce({instant}, {text}) else {text} end"
