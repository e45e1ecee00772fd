"""Building blocks for columns: ids, text, money and instants as Arrow arrays, without a Python loop over rows.

What a column is called and what it means belongs to the topic modules; how a file spells it belongs to ``writers``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Text: TypeAlias = pa.Array

DAY = 86_400
HOUR = 3_600


def instant(day: date) -> int:
    """Seconds since 1970 of the day's UTC midnight."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def ids(prefix: str, numbers: Ints, *, width: int = 0) -> Text:
    """``prefix`` followed by the number, padded with zeros to ``width`` digits."""
    digits = pc.cast(pa.array(numbers), pa.string())
    if width:
        digits = pc.utf8_lpad(digits, width, "0")
    return join(prefix, digits)


def join(*parts: Text | str) -> Text:
    """The parts next to each other; null where any part is null."""
    return pc.binary_join_element_wise(*parts, "")


def pick(vocabulary: Sequence[str | None], positions: Ints) -> Text:
    """The word at each position."""
    return pa.array(list(vocabulary), pa.string()).take(pa.array(positions))


def draw(rng: np.random.Generator, size: int, weights: Sequence[float]) -> Ints:
    """Positions drawn with the given weights, which add up to one."""
    return np.searchsorted(np.cumsum(weights)[:-1], rng.random(size), side="right").astype(np.int64)


def keep(mask: Flags, column: pa.Array) -> pa.Array:
    """The column where the mask holds, null elsewhere."""
    return pc.if_else(pa.array(mask), column, pa.scalar(None, column.type))


def choose(mask: Flags, if_true: Text | str, if_false: Text | str) -> Text:
    """One column where the mask holds, the other elsewhere."""
    return pc.if_else(pa.array(mask), if_true, if_false)


def constant(value: str, size: int) -> Text:
    """The same text in every row."""
    return pa.repeat(pa.scalar(value), size)


def instants(seconds: Ints, present: Flags | None = None) -> pa.Array:
    """UTC timestamps from epoch seconds; null where not present."""
    mask = None if present is None else ~present
    return pa.array(seconds, pa.timestamp("s", tz="UTC"), mask=mask)


def days(seconds: Ints, present: Flags | None = None) -> pa.Array:
    """UTC calendar days from epoch seconds; null where not present."""
    mask = None if present is None else ~present
    return pa.array((np.asarray(seconds) // DAY).astype(np.int32), pa.date32(), mask=mask)


def money(cents: Ints) -> pa.Array:
    """Exact decimals with two places from whole cents."""
    words = np.empty((len(cents), 2), dtype=np.int64)
    words[:, 0] = cents
    words[:, 1] = np.asarray(cents) >> 63
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [None, pa.py_buffer(words.tobytes())])


def numbers(values: Ints | Floats, present: Flags | None = None) -> pa.Array:
    """Numbers; null where not present."""
    return pa.array(values, mask=None if present is None else ~present)


def table(**columns: pa.Array) -> pa.Table:
    """Columns by name, in the order given."""
    return pa.table(columns)
