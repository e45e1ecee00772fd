"""When a value of a Parquet file needs no way over its text: its type says already what the text would.

`ingest.typing_rules` says how a text becomes a typed value. Here is which of DuckDB's types hold nothing but values
whose text would become the same value; every other type goes through the text. To add one, prove it for every value it
holds (`tests/ingest/test_native_values.py` has the edges).
"""

from __future__ import annotations

import re

from ingest.contracts import Column

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
#: Digits that money has after the point.
_PLACES = 4


def is_native(data_type: str) -> bool:
    """Whether a column of this DuckDB type is kept as it is, instead of as text."""
    return (
        data_type in (*_INTEGERS, "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP WITH TIME ZONE")
        or _places(data_type) is not None
    )


def native_value(column: Column, value: str, data_type: str) -> str | None:
    """The expression for the column's value, given that of the native one; null if only its text can tell."""
    if column.epoch or column.formats:
        return None
    match column.type, data_type:
        case "integer", kind if kind in _INTEGERS:
            return value
        case "boolean", "BOOLEAN":
            return value
        case "number", "DOUBLE":
            return f"case when isfinite({value}) then {value} end"
        case "money", kind if (places := _places(kind)) is not None and places <= _PLACES:
            return f"try_cast({value} as {column.sql_type})"
        # Only years of four digits are written plainly; also infinity is none.
        case "timestamp", "TIMESTAMP WITH TIME ZONE":
            end = "9999-12-31 23:59:59.999999+00"
            return f"case when {value} between '0001-01-01 00:00:00+00' and '{end}' then {value} end"
        case "date", "DATE":
            return f"case when {value} between '0001-01-01' and '9999-12-31' then {value} end"
    return None


def _places(data_type: str) -> int | None:
    """Digits after the point of a decimal type; None of any other."""
    found = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", data_type)
    return int(found[1]) if found else None
