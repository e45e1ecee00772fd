"""How a text becomes a typed value, and what makes it break the contract: as DuckDB expressions.

Everything a file delivers is first read as text. For each column this module yields one expression for the typed value
and a list of checks, each a condition that is true where the value breaks the contract and the reason to report. All
rows are typed and checked by one SQL statement built from these; nothing is guessed: a value that is not plainly of
its type goes to quarantine. Reasons never quote the value, because they are published.

Plainly is what is the same to every reader: 12.5 and 2026-12-31, also in Persian and Arabic-Indic digits, with the
minus sign of Unicode, and with spaces that do not break around it. What could be read in two ways (1.234,5 or
03/04/2026) is typed where the setting `formats` says how its source writes; elsewhere the reason names the setting.

Reading files is not here (`ingest.readers`), nor is writing the result (`ingest.loader`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ingest.contracts import EPOCHS, Column
from ingest.written_formats import PLAIN, Format

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

#: The spaces that do not break, wide and narrow.
HARD_SPACES = ("\u00a0", "\u202f")
#: Space, tab, line feed, carriage return, and the spaces that do not break: not part of a value at its ends.
_WHITE_SPACE = (32, 9, 10, 13, *map(ord, HARD_SPACES))

#: Instants outside these years are typing errors, not history.
FIRST_YEAR, LAST_YEAR = 1900, 2200


#: Digits and signs that mean the same as those of ASCII; a decimal sign of Arabic means nothing else either.
_OTHER_SIGNS = "".join(map(chr, [*range(0x6F0, 0x6FA), *range(0x660, 0x66A), 0x2212, 0x66B])) + "".join(HARD_SPACES)
_PLAIN_SIGNS = "0123456789" * 2 + "-." + " " * len(HARD_SPACES)

#: How a thousands separator of the setting is written in files.
_SEPARATORS = {"": "", ".": r"\.", ",": ",", "'": "['\u2019]", " ": "[ \u00a0\u202f]"}
#: Numbers that some setting of decimal and thousands would read.
_LOCAL_NUMBER = "[+-]?(\\d{1,3}([.,' \u2019]\\d{3})+([.,]\\d+)?|\\d+,\\d*)"

#: A day whose order of day and month only a setting tells, and how DuckDB is to read it then.
_LOCAL_DATE = r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"
_CLOCK = r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?( ?[AaPp][Mm])?"
_CLOCK_FORMATS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p")
_ORDERS = {"day_first": "%d/%m/%Y", "month_first": "%m/%d/%Y"}


@dataclass(frozen=True)
class Check:
    """One way to break the contract: where `condition` is true, the row goes to quarantine with `reason`.

    `hint` is a condition under which more can be said, and that reason.
    """

    condition: str
    reason: str
    hint: tuple[str, str] | None = None

    @property
    def reason_sql(self) -> str:
        """The expression of the reason, where `condition` is true."""
        if self.hint is None:
            return literal(self.reason)
        return f"case when {self.hint[0]} then {literal(self.hint[1])} else {literal(self.reason)} end"


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
        starts += "".join(f" or prefix({column_sql}, chr({ord(space)}))" for space in HARD_SPACES)
    return f"{starts} or {ends}"


def typed_value(column: Column, text: str, reporting_timezone: str, written: Format = PLAIN) -> str:
    """The expression that turns `text` (an SQL expression of a trimmed text) into a value of the column's type.

    It is null where the text is null or not plainly of the type, as the column is written.
    """
    zone = literal(reporting_timezone)
    match column.type:
        case "string":
            return f"nullif(ltrim({text}, {literal(column.without_prefix)}), '')" if column.without_prefix else text
        case "integer":

            def whole(plain: str) -> str:
                return _matching(plain, _INTEGER, f"try_cast(try_cast({plain} as decimal(38, 4)) as bigint)")

            value = _number(text, whole, written)
            return f"coalesce({value}, {_grouped(text, column.thousands)})" if column.thousands else value
        case "money":
            return _number(
                text, lambda plain: _matching(plain, _NUMBER, f"try_cast({plain} as decimal(18, 4))"), written
            )
        case "number":

            def finite(plain: str) -> str:
                value = f"case when isfinite(try_cast({plain} as double)) then {plain}::double end"
                return _matching(plain, _NUMBER, value)

            return _number(text, finite, written)
        case "boolean":
            return (
                f"case lower({text}) when 'true' then true when '1' then true when 'false' then false "
                f"when '0' then false end"
            )
        case "timestamp":

            def instant(plain: str) -> str:
                midnight = f"timezone({zone}, try_cast({plain} as timestamp))"
                moment = f"try_cast(upper({plain}) as timestamp with time zone)"
                return _matching(plain, _TIMESTAMP, f"case when length({plain}) = 10 then {midnight} else {moment} end")

            value = _with_other_signs(text, instant)
            others = [_epoch(text, column.epoch)] if column.epoch else []
            if column.formats:
                formats = ", ".join(literal(one) for one in column.formats)
                others.append(f"timezone('UTC', try_strptime({text}, [{formats}]))")
            if written.dates:
                others.append(_matching(_plain(text), _LOCAL_DATE, f"timezone({zone}, {_local_moment(text, written)})"))
                with_clock = f"{_LOCAL_DATE},? {_CLOCK}"
                others.append(_matching(_plain(text), with_clock, f"timezone('UTC', {_local_moment(text, written)})"))
            return f"coalesce({', '.join([value, *others])})" if others else value
        case "date":
            value = _with_other_signs(
                text, lambda plain: _matching(plain, _DATE, f"try_cast(left({plain}, 10) as date)")
            )
            others = [f"cast({_epoch(text, column.epoch)} as date)"] if column.epoch else []
            if written.dates:
                midnight = f"{_LOCAL_DATE}(,? 0?0:00(:00)?)?"
                others.append(_matching(_plain(text), midnight, f"cast({_local_moment(text, written)} as date)"))
            return f"coalesce({', '.join([value, *others])})" if others else value
        case "time":
            return _with_other_signs(
                text,
                lambda plain: _matching(
                    plain, _TIME, f"lpad(regexp_replace({plain}, '^(\\d+:\\d+):00$', '\\1'), 5, '0')"
                ),
            )
        case "json" | "list":
            kind = "ARRAY" if column.type == "list" else "OBJECT"
            is_kind = f"json_valid({text}) and json_type(try_cast({text} as json)) = '{kind}'"
            return f"case when {is_kind} then json({text})::varchar end"
    raise ValueError(f"column {column.name} has unknown type {column.type}")


def checks(column: Column, text: str, value: str, written: Format = PLAIN) -> tuple[Check, ...]:
    """What can be wrong with a column, given the SQL expressions of its text and of its typed value."""
    found = []
    if column.required:
        found.append(Check(f"{text} is null", "required value is missing"))
    if column.type != "string":
        reason = f"not a {_WORDS[column.type]}{_as_written(column, written)}"
        found.append(Check(f"{text} is not null and {value} is null", reason, _hint(column, text, reason, written)))
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


#: The types whose values are numbers.
NUMBERS = ("integer", "money", "number")
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


def _as_written(column: Column, written: Format) -> str:
    """What the setting says of the column, after the words for its type."""
    if column.type in NUMBERS:
        sign = {".": "point", ",": "comma"}[written.decimal]
        groups = f" and thousands set apart by {written.thousands!r}" if written.thousands else ""
        return f" with a decimal {sign}{groups}" if (written.decimal, written.thousands) != (".", "") else ""
    if column.type in ("timestamp", "date") and written.dates:
        return f", nor one with the {written.dates.removesuffix('_first')} first"
    return ""


def _hint(column: Column, text: str, reason: str, written: Format) -> tuple[str, str] | None:
    """When the setting `formats` would help, and the reason that says so; None where it or the contract says how."""
    if column.thousands or column.formats:
        return None
    if column.type in NUMBERS and (written.decimal, written.thousands) == (".", ""):
        condition = f"regexp_full_match({_plain(text)}, {literal(_LOCAL_NUMBER)})"
        return condition, f"{reason}; the setting formats can say what its points, commas and spaces mean"
    if column.type in ("timestamp", "date") and not written.dates:
        moments = " or ".join(f"{_local_moment(text, Format(dates=order))} is not null" for order in _ORDERS)
        is_local = f"regexp_full_match({_plain(text)}, {literal(f'{_LOCAL_DATE}(,? {_CLOCK})?')})"
        return f"{is_local} and ({moments})", f"{reason}; the setting formats can say that the day or month is first"
    return None


def _number(text: str, typed: Callable[[str], str], written: Format) -> str:
    """The typed value of a number by the function that types a plain one."""
    if (written.decimal, written.thousands) == (".", ""):
        return _with_other_signs(text, typed)
    separator, sign = _SEPARATORS[written.thousands], re.escape(written.decimal)
    digits = rf"(\d{{1,3}}({separator}\d{{3}})+|\d+)" if separator else r"\d+"
    pattern = rf"[+-]?({digits}({sign}\d*)?|{sign}\d+)([eE][+-]?\d+)?"
    plain = _plain(text)
    if separator:
        plain = f"regexp_replace({plain}, {literal(separator)}, '', 'g')"
    plain = f"replace({plain}, {literal(written.decimal)}, '.')"
    return _matching(_plain(text), pattern, typed(plain))


def _with_other_signs(text: str, typed: Callable[[str], str]) -> str:
    """The typed value of a text, or of the same in ASCII.

    The condition, which says that some character is none of ASCII, costs nothing; the translation would.
    """
    return f"coalesce({typed(text)}, case when strlen({text}) <> length({text}) then {typed(_plain(text))} end)"


def _plain(text: str) -> str:
    """The text with digits, signs and spaces of ASCII for others that mean the same."""
    return f"trim(translate({text}, {literal(_OTHER_SIGNS)}, {literal(_PLAIN_SIGNS)}))"


def _local_moment(text: str, written: Format) -> str:
    """The timestamp without zone of a text that begins with a day as `written.dates` orders it; null if it is none."""
    day = _ORDERS[written.dates]
    formats = ", ".join(literal(one) for one in (day, *(f"{day} {clock}" for clock in _CLOCK_FORMATS)))
    plain = f"regexp_replace({_plain(text)}, {literal(f'^{_LOCAL_DATE},?')}, '\\1/\\2/\\3')"
    return f"try_strptime({plain}, [{formats}])"


def _grouped(text: str, separator: str) -> str:
    pattern = rf"[+-]?\d{{1,3}}({re.escape(separator)}\d{{3}})+"
    return _matching(text, pattern, f"try_cast(replace({text}, {literal(separator)}, '') as bigint)")


def _epoch(text: str, unit: str) -> str:
    digits = rf"-?\d{{1,{_EPOCH_DIGITS[unit]}}}"
    return _matching(text, digits, f"make_timestamptz(try_cast({text} as bigint) * {EPOCHS[unit]})")


def _matching(text: str, pattern: str, expression: str) -> str:
    return f"case when regexp_full_match({text}, {literal(pattern)}) then {expression} end"
