"""How a text becomes a typed value, and what makes it break the contract: as DuckDB expressions.

Everything a file delivers is first read as text. For each column this module yields one expression for the typed value
and a list of checks, each a condition that is true where the value breaks the contract and the reason to report. All
rows are typed and checked by one SQL statement built from these; nothing is guessed: a value that is not plainly of
its type goes to quarantine. Reasons never quote the value, because they are published.

Reading files is not here (`ingest.readers`), nor is writing the result (`ingest.loader`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.contracts import EPOCHS, Column

#: Extended ISO 8601: a date, or a date with a time and perhaps an offset. DuckDB alone would also take zone names.
_TIMESTAMP = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}(:?\d{2})?)?)?"
#: A date, also as a spreadsheet writes it: with a time of midnight.
_DATE = r"\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0+)?)?([Zz]|[+-]\d{2}(:?\d{2})?)?)?"
_TIME = r"(([01]?\d|2[0-3]):[0-5]\d|24:00)(:00)?"
#: DuckDB alone would round 1.5 to an integer and take 1_000 and 0x10.
_INTEGER = r"[+-]?\d+(\.0*)?"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"

#: Digits of the time since 1970, as far as the years go that are taken.
_EPOCH_DIGITS = {"milliseconds": 14, "seconds": 11}

#: Space, tab, line feed, carriage return, and the space that does not break: not part of a value at its ends.
_WHITE_SPACE = (32, 9, 10, 13, 160)

#: Instants outside these years are typing errors, not history.
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True)
class Check:
    """One way to break the contract: where `condition` is true, the row goes to quarantine with `reason`."""

    condition: str
    reason: str


def quoted(identifier: str) -> str:
    """The identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def trimmed(column_sql: str) -> str:
    """The delivered text without white space around it; null if nothing is left."""
    return f"nullif(trim({column_sql}, {' || '.join(f'chr({code})' for code in _WHITE_SPACE)}), '')"


def needs_trimming(column_sql: str, *, only_spaces: bool) -> str:
    """A condition that is true where `trimmed` would change the text; many times cheaper than trimming.

    `only_spaces` says that no other white space is in the text.
    """
    ends = " or ".join(
        f"suffix({column_sql}, chr({code}))" for code in (_WHITE_SPACE[:1] if only_spaces else _WHITE_SPACE)
    )
    starts = f"{column_sql} < '!'"  # the first character after the space; also true of the empty text
    if not only_spaces:
        starts += f" or prefix({column_sql}, chr(160))"
    return f"{starts} or {ends}"


def typed_value(column: Column, text: str, reporting_timezone: str) -> str:
    """The expression that turns `text` (an SQL expression of a trimmed text) into a value of the column's type.

    It is null where the text is null or not plainly of the type.
    """
    zone = literal(reporting_timezone)
    match column.type:
        case "string":
            return f"nullif(ltrim({text}, {literal(column.without_prefix)}), '')" if column.without_prefix else text
        case "integer":
            value = _matching(text, _INTEGER, f"try_cast(try_cast({text} as decimal(38, 4)) as bigint)")
            return f"coalesce({value}, {_grouped(text, column.thousands)})" if column.thousands else value
        case "money":
            return _matching(text, _NUMBER, f"try_cast({text} as decimal(18, 4))")
        case "number":
            return _matching(text, _NUMBER, f"case when isfinite(try_cast({text} as double)) then {text}::double end")
        case "boolean":
            return (
                f"case lower({text}) when 'true' then true when '1' then true when 'false' then false "
                f"when '0' then false end"
            )
        case "timestamp":
            midnight = f"timezone({zone}, try_cast({text} as timestamp))"
            instant = f"try_cast(upper({text}) as timestamp with time zone)"
            value = _matching(text, _TIMESTAMP, f"case when length({text}) = 10 then {midnight} else {instant} end")
            others = [_epoch(text, column.epoch)] if column.epoch else []
            if column.formats:
                formats = ", ".join(literal(one) for one in column.formats)
                others.append(f"timezone('UTC', try_strptime({text}, [{formats}]))")
            return f"coalesce({', '.join([value, *others])})" if others else value
        case "date":
            value = _matching(text, _DATE, f"try_cast(left({text}, 10) as date)")
            return f"coalesce({value}, cast({_epoch(text, column.epoch)} as date))" if column.epoch else value
        case "time":
            return _matching(text, _TIME, f"lpad(regexp_replace({text}, '^(\\d+:\\d+):00$', '\\1'), 5, '0')")
        case "json" | "list":
            kind = "ARRAY" if column.type == "list" else "OBJECT"
            is_kind = f"json_valid({text}) and json_type(try_cast({text} as json)) = '{kind}'"
            return f"case when {is_kind} then json({text})::varchar end"
    raise ValueError(f"column {column.name} has unknown type {column.type}")


def checks(column: Column, text: str, value: str) -> tuple[Check, ...]:
    """What can be wrong with a column, given the SQL expressions of its text and of its typed value."""
    found = []
    if column.required:
        found.append(Check(f"{text} is null", "required value is missing"))
    if column.type != "string":
        found.append(Check(f"{text} is not null and {value} is null", f"not a {_WORDS[column.type]}"))
    if column.values:
        allowed = ", ".join(literal(allowed_value) for allowed_value in column.values)
        found.append(Check(f"{value} not in ({allowed})", "not one of " + ", ".join(column.values)))
    if column.type in ("timestamp", "date"):
        found.append(
            Check(
                f"{value} < {_instant(column, FIRST_YEAR)} or {value} >= {_instant(column, LAST_YEAR + 1)}",
                f"year is not between {FIRST_YEAR} and {LAST_YEAR}",
            )
        )
    if column.minimum is not None:
        found.append(Check(f"{value} < {column.minimum}", f"less than {column.minimum}"))
    if column.maximum is not None:
        found.append(Check(f"{value} > {column.maximum}", f"more than {column.maximum}"))
    if column.above is not None:
        found.append(Check(f"{value} <= {column.above}", f"not more than {column.above}"))
    return tuple(found)


_WORDS = {
    "integer": "whole number",
    "money": "decimal number",
    "number": "number",
    "boolean": "boolean (true or false)",
    "timestamp": "timestamp (ISO 8601)",
    "date": "date (YYYY-MM-DD)",
    "time": "time of day (hh:mm)",
    "json": "JSON object",
    "list": "JSON array",
}


def _instant(column: Column, year: int) -> str:
    return f"cast('{year}-01-01' as {column.sql_type})"


def _grouped(text: str, separator: str) -> str:
    pattern = rf"[+-]?\d{{1,3}}({re.escape(separator)}\d{{3}})+"
    return _matching(text, pattern, f"try_cast(replace({text}, {literal(separator)}, '') as bigint)")


def _epoch(text: str, unit: str) -> str:
    digits = rf"-?\d{{1,{_EPOCH_DIGITS[unit]}}}"
    return _matching(text, digits, f"make_timestamptz(try_cast({text} as bigint) * {EPOCHS[unit]})")


def _matching(text: str, pattern: str, expression: str) -> str:
    return f"case when regexp_full_match({text}, {literal(pattern)}) then {expression} end"
