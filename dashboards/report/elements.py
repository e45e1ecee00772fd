"""What a page is made of: cards, figures, tables, and the attributes by which a program finds each number's origin.

An element that shows a row of marts.metric_values carries that row: its key in `data-metric`, `data-grain`,
`data-period`, `data-dimension`, `data-member` and `data-currency`, its numbers at full precision in `data-value`,
`data-low`, `data-high`, `data-n`, `data-pending`, `data-target` and `data-change` (empty where null). Inside it,
`data-field` says which of them is written out. Numbers of other tables carry `data-table`, `data-key`, `data-field` and
`data-value`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboards.report import wording
from dashboards.report.charts import Spec
from dashboards.report.published import Definition, Value


@dataclass(frozen=True)
class Cell:
    """A number or a text in a table. `attributes` are HTML attributes."""

    text: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    is_number: bool = False


@dataclass(frozen=True)
class Line:
    """A row of a table. `attributes` are HTML attributes."""

    cells: Sequence[Cell]
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first cell of a row is its heading."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Line]

    def has_numbers(self, column: int) -> bool:
        """Whether the column (0 is the first) is one of numbers, which stand at its right."""
        return any(line.cells[column].is_number for line in self.rows)

    @property
    def stacks(self) -> bool:
        """Whether a phone shows each row as a block of its own, because it is too wide to stand in a line."""
        if self.is_dense:
            return False
        columns = range(len(self.headings))
        widest = [max((len(line.cells[column].text) for line in self.rows), default=0) for column in columns]
        return sum(max(width, len(heading)) + 2 for width, heading in zip(widest, self.headings, strict=True)) > 44

    @property
    def is_dense(self) -> bool:
        """Whether it has so many columns of numbers that they must stand close together."""
        return len(self.headings) > 8


@dataclass(frozen=True)
class Drawing:
    """One chart of a figure, with the sentence that stands for it where it cannot be seen."""

    spec: Spec
    alternative: str


@dataclass(frozen=True)
class Figure:
    """A chart or table with what it says. `missing` is shown instead where there is nothing to draw.

    `metric` is the one whose definition the guide links to, where the figure is about one.
    """

    key: str
    title: str
    guide: str = ""
    drawings: Sequence[Drawing] = ()
    legend: Mapping[str, str] = field(default_factory=dict)
    table: Table | None = None
    is_open: bool = False
    is_wide: bool = False
    note: str = ""
    metric: str = ""
    missing: str = ""


@dataclass(frozen=True)
class Card:
    """A headline number: the value with its interval, count, period, target and change, each as a cell or absent."""

    metric: str
    title: str
    question: str
    when: str
    attributes: Mapping[str, str]
    value: Cell
    low: Cell | None = None
    high: Cell | None = None
    count: Cell | None = None
    noun: str = ""
    pending: Cell | None = None
    target: Cell | None = None
    target_verdict: str = ""
    change: Cell | None = None
    change_verdict: str = ""
    change_since: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the page. `missing` replaces the figures where none of them has anything to show.

    `link` is its short name in the table of contents; without one it is not listed.
    """

    key: str
    title: str
    link: str = ""
    lead: str = ""
    cards: Sequence[Card] = ()
    figures: Sequence[Figure] = ()
    missing: str = ""

    @property
    def is_empty(self) -> bool:
        return bool(self.figures) and all(figure.missing for figure in self.figures)


def metric_attributes(row: Value) -> dict[str, str]:
    """The row of marts.metric_values that an element shows."""
    numbers = {
        "value": row.value,
        "low": row.value_low,
        "high": row.value_high,
        "n": row.n,
        "pending": row.pending_n,
        "target": row.target_value,
        "change": row.change,
    }
    return {
        "data-metric": row.metric,
        "data-grain": row.grain,
        "data-period": row.period_start.isoformat() if row.period_start else "",
        "data-dimension": row.dimension,
        "data-member": row.member,
        "data-currency": row.currency or "",
        **{f"data-{name}": _exact(number) for name, number in numbers.items()},
    }


def metric_cell(row: Value, name: str = "value") -> Cell:
    """A field of a row of marts.metric_values, worded in the metric's unit; counts as whole numbers."""
    value = getattr(row, name)
    if name in ("n", "pending_n"):
        text = wording.number(value)
    elif name == "change":
        text = wording.difference(value, row.unit, row.currency)
    else:
        text = wording.quantity(value, row.unit, row.currency)
    return Cell(text, {"data-field": name}, is_number=True)


def table_cell(table: str, key: Mapping[str, Any], name: str, value: Any, text: str | None = None) -> Cell:
    """A number of another published table; `key` says which rows it is the sum (or the only value) of."""
    attributes = {
        "data-table": table,
        "data-key": "; ".join(f"{column}={'' if item is None else item}" for column, item in key.items()),
        "data-field": name,
        "data-value": _exact(value),
    }
    return Cell(wording.number(value) if text is None else text, attributes, is_number=True)


def text_cell(text: str) -> Cell:
    return Cell(text)


def values_table(caption: str, heading: str, rows: Sequence[tuple[str, Value]], *, noun: str) -> Table:
    """The rows behind a chart: value, interval, count, and what is still undecided where anything is."""
    has_interval = any(row.value_low is not None for _, row in rows)
    has_pending = any(row.pending_n for _, row in rows)
    headings = [heading, "Value", *(["From", "To"] if has_interval else []), noun.capitalize()]
    headings += ["Undecided"] if has_pending else []
    fields = [
        "value",
        *(["value_low", "value_high"] if has_interval else []),
        "n",
        *(["pending_n"] if has_pending else []),
    ]
    lines = [
        Line([text_cell(label), *(metric_cell(row, name) for name in fields)], metric_attributes(row))
        for label, row in rows
    ]
    return Table(caption, headings, lines)


def guide(definition: Definition | None) -> str:
    """What a metric says: the question that it answers, and which way is good."""
    if definition is None:
        return ""
    better = "More is better." if definition.direction == "up" else "Less is better."
    return f"{definition.question} {better}"


def _exact(value: Any) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)
