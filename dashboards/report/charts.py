"""Charts as Vega-Lite specifications, built with Altair.

Belongs here: how rows become marks. Does not belong here: which rows, and words around a chart. Numbers are drawn at
full precision; every number that a reader sees is text made in `wording`, so that the browser rounds nothing.

Every chart is as wide as its container. Categories stand above their bar instead of beside it, so that nothing is cut
off on a phone. Colours of text and lines come from the page (light or dark); those of marks are readable on both.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dashboards.report import wording
from dashboards.report.published import Value

BLUE, GREEN, RED, AMBER, PURPLE, GREY = "#3b82c4", "#2e9e6b", "#d1495b", "#b7791f", "#8a63c4", "#808891"

Datum = dict[str, Any]
Spec = dict[str, Any]

# The value axis has one width everywhere, so that a chart and the strip of counts under it line up.
_AXIS_WIDTH = 40
# A row of bars: its name on as many lines as it needs beside its number on a phone, the bar below.
_LINE_HEIGHT, _LINE_LENGTH, _LINES = 16, 22, 4
_BAR_SPACE = 30
_DATA = "rows"
# Thousands as 1k; the same prefix at every tick would make "0k" of nothing.
_SHORTENED: dict[str, Any] = {"format": "~s", "labelExpr": "datum.value === 0 ? '0' : datum.label"}
_LEFT, _RIGHT = alt.value(0), alt.ExprRef("width")


def datum(row: Value, label: str, **more: Any) -> Datum:
    """A row of marts.metric_values as chart data: its key, its full-precision numbers and the text that is shown."""
    interval = ""
    if row.value_low is not None and row.value_high is not None:
        low, high = (wording.quantity(end, row.unit, row.currency) for end in (row.value_low, row.value_high))
        interval = f"{low} to {high}"
    return {
        "metric": row.metric,
        "grain": row.grain,
        "period": row.period_start.isoformat() if row.period_start else None,
        "dimension": row.dimension,
        "member": row.member,
        "value": row.value,
        "low": row.value_low,
        "high": row.value_high,
        "n": row.n,
        "label": label,
        "shown": wording.quantity(row.value, row.unit, row.currency),
        "interval": interval or "none",
        "counted": wording.number(row.n),
        **more,
    }


def count_datum(row: Value, label: str) -> Datum:
    """As `datum`, for the strip of counts: the key and n only."""
    whole = datum(row, label)
    return {name: whole[name] for name in ("metric", "grain", "period", "dimension", "member", "n", "label", "counted")}


def trend(data: Sequence[Datum], unit: str, *, target: float | None = None) -> Spec:
    """A line over periods, with a band from low to high and a dashed line for the target."""
    base = _base().encode(x=_periods(data, point=True), color=alt.value(BLUE))
    height = alt.Y(
        "value:Q", title=None, scale=alt.Scale(zero=_from_zero(unit), nice=True), axis=_value_axis(data, unit)
    )
    layers = [
        base.mark_area(opacity=0.16, interpolate="linear").encode(y=alt.Y("low:Q", title=None), y2="high:Q"),
        base.mark_rule(opacity=0.3).encode(y=alt.Y("low:Q", title=None), y2="high:Q"),
        base.mark_line(strokeWidth=2).encode(y=height),
        base.mark_point(filled=True, size=36, opacity=1).encode(y=height, tooltip=_tooltip(data)),
    ]
    if target is not None:
        goal = alt.Chart(alt.InlineData(values=[{"target": target}]))
        layers.append(goal.mark_rule(strokeDash=[5, 4], color=GREY).encode(y=alt.Y("target:Q", title=None)))
    return _finish(alt.layer(*layers), 220, data)


def counts(data: Sequence[Datum]) -> Spec:
    """A strip of bars: how many stand behind each point of the trend above it."""
    axis = alt.Axis(tickCount=2, **_SHORTENED, **_value_axis_size())
    bars = (
        _base()
        .mark_bar(color=GREY, opacity=0.7)
        .encode(
            x=_periods(data, point=False, labels=False), y=alt.Y("n:Q", title=None, axis=axis), tooltip=_tooltip(data)
        )
    )
    return _finish(bars, 40, data)


def columns(data: Sequence[Datum], unit: str, *, colours: Mapping[str, str] | None = None) -> Spec:
    """Bars over periods; several series are stacked away from zero, as high as the datum's `drawn` says.

    `colours` is by series (the datum's `series`).
    """
    height = "drawn:Q" if colours else "value:Q"
    colour = (
        alt.Color("series:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None)
        if colours
        else alt.value(BLUE)
    )
    bars = (
        _base()
        .mark_bar()
        .encode(
            x=_periods(data, point=False),
            y=alt.Y(height, title=None, stack="zero" if colours else None, axis=_value_axis(data, unit)),
            color=colour,
            tooltip=_tooltip(data),
        )
    )
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(color=GREY).encode(y=alt.Y("zero:Q", title=None))
    return _finish(alt.layer(bars, zero), 220, data)


def comparison(data: Sequence[Datum], unit: str, *, noun: str, target: float | None = None) -> Spec:
    """One row per member: a point with its interval, the name and the number above it."""
    rows, height = _rows(data, [f"{item['shown']} · {wording.counted(item['n'], noun)}" for item in data])
    bar = _base().encode(y=_down("middle", height))
    across = alt.X(
        "value:Q",
        title=None,
        scale=alt.Scale(zero=_from_zero(unit), nice=True, padding=8),
        axis=_scale_axis(rows, unit),
    )
    layers = [
        bar.mark_rule(strokeWidth=6, opacity=0.3, color=BLUE, strokeCap="round").encode(
            x=alt.X("low:Q", title=None), x2="high:Q"
        ),
        bar.mark_point(filled=True, size=80, opacity=1, color=BLUE).encode(x=across, tooltip=_tooltip(rows)),
        *_row_texts(height),
    ]
    if target is not None:
        goal = alt.Chart(alt.InlineData(values=[{"target": target}]))
        layers.append(goal.mark_rule(strokeDash=[5, 4], color=GREY).encode(x=alt.X("target:Q", title=None)))
    return _finish(alt.layer(*layers), height, rows)


def bars(data: Sequence[Datum], unit: str, *, begins_at: float = 0) -> Spec:
    """One row per member: a bar from `start` to `end` (from zero where there is no start), name and number above it.

    The axis begins at `begins_at`; what lies before it is cut off.
    """
    drawn = [{"start": 0, "end": item["value"], "colour": BLUE, **item} for item in data]
    rows, height = _rows(drawn, [item["shown"] for item in data])
    scale = alt.Scale(domainMin=begins_at, zero=False, nice=False) if begins_at else alt.Scale(zero=True, nice=True)
    bar = (
        _base()
        .mark_rule(strokeWidth=14, clip=True)
        .encode(
            x=alt.X("start:Q", title=None, axis=_scale_axis(rows, unit), scale=scale),
            x2="end:Q",
            y=_down("middle", height),
            color=alt.Color("colour:N", scale=None),
            tooltip=_tooltip(rows),
        )
    )
    return _finish(alt.layer(bar, *_row_texts(height)), height, rows)


def triangle(cells: Sequence[Datum], *, cohorts: Sequence[str], ages: Sequence[int]) -> Spec:
    """Cohorts by age: a filled square per cell, with its number where there is room for one."""
    base = _base().encode(
        x=alt.X(
            "age:O",
            title="Months since the first",
            scale=alt.Scale(domain=list(ages)),
            axis=alt.Axis(orient="top", labelAngle=0, labelOverlap="parity", ticks=False, domain=False),
        ),
        y=alt.Y(
            "cohort:N",
            title=None,
            scale=alt.Scale(domain=list(cohorts)),
            axis=alt.Axis(ticks=False, domain=False, labelPadding=6),
        ),
    )
    squares = base.mark_rect(stroke="transparent", strokeWidth=1).encode(
        color=alt.Color("value:Q", scale=alt.Scale(domain=[0, 100], range=["#eef4fb", "#123f6d"]), legend=None),
        tooltip=[
            alt.Tooltip("cohort:N", title="Started"),
            alt.Tooltip("age:O", title="Months later"),
            alt.Tooltip("shown:N", title="Still there"),
            alt.Tooltip("n:Q", title="Customers"),
        ],
    )
    room = f"width / {max(len(ages), 1)} > 30 ? 1 : 0"
    numbers = base.mark_text(fontSize=11, opacity=alt.ExprRef(room)).encode(
        text="whole:N",
        color=alt.condition("datum.value > 65", alt.value("#ffffff"), alt.value("#0b1b2b")),
    )
    return _finish(alt.layer(squares, numbers), 24 * len(cohorts) + 30, cells)


def _base() -> alt.Chart:
    return alt.Chart(alt.NamedData(name=_DATA))


def _finish(chart: alt.Chart | alt.LayerChart | alt.FacetChart, height: int, data: Sequence[Datum]) -> Spec:
    """The chart with its data, as wide as its container. The page sets the colours of text, axes and grid."""
    shaped = chart.properties(
        width="container",
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        padding={"left": 2, "right": 6, "top": 6, "bottom": 4},
    ).configure(font="system-ui, sans-serif", background="transparent", view=alt.ViewConfig(stroke=None))
    # Checking the specification takes longer than making it; the tests draw every kind of chart.
    spec = shaped.to_dict(validate=False)
    return {**spec, "datasets": {**spec.get("datasets", {}), _DATA: list(data)}}


def _periods(data: Sequence[Datum], *, point: bool, labels: bool = True) -> alt.X:
    names = list(dict.fromkeys(item["label"] for item in data))
    # Points and bars stand in the middle of equal steps, so that a trend and its strip line up.
    scale = (
        alt.Scale(type="point", domain=names, padding=0.5)
        if point
        else alt.Scale(type="band", domain=names, paddingInner=0.3, paddingOuter=0.15)
    )
    axis = alt.Axis(labels=labels, labelAngle=0, labelOverlap="parity", labelSeparation=8, ticks=False, labelPadding=6)
    return alt.X("label:N", title=None, scale=scale, axis=axis)


def _rows(data: Sequence[Datum], numbers: Sequence[str]) -> tuple[list[Datum], int]:
    """The data with what is written above each bar (the name, wrapped, and the number) and where, and the height."""
    rows, top = [], 0
    for item, number in zip(data, numbers, strict=True):
        name = textwrap.wrap(item["label"], _LINE_LENGTH, max_lines=_LINES, placeholder=" …") or [""]
        height = _BAR_SPACE + _LINE_HEIGHT * len(name)
        rows.append({**item, "name": name, "right": number, "top": top + 6, "middle": top + height - 13})
        top += height
    return rows, top


def _down(name: str, height: int) -> alt.Y:
    """A position in pixels from the top."""
    return alt.Y(f"{name}:Q", title=None, axis=None, scale=alt.Scale(domain=[height, 0], nice=False, zero=False))


def _row_texts(height: int) -> list[alt.Chart]:
    top = _base().encode(y=_down("top", height))
    names = top.mark_text(align="left", baseline="top", fontSize=13, lineHeight=_LINE_HEIGHT)
    numbers = top.mark_text(align="right", baseline="top", fontSize=12, x=_RIGHT)
    return [names.encode(x=_LEFT, text="name:N"), numbers.encode(text="right:N")]


def _tooltip(data: Sequence[Datum]) -> list[alt.Tooltip]:
    fields = [alt.Tooltip("label:N", title=" ")]
    if any("shown" in item for item in data):
        fields.append(alt.Tooltip("shown:N", title="Value"))
    if any("series" in item for item in data):
        fields.insert(1, alt.Tooltip("series:N", title="Of"))
    if any(item.get("low") is not None for item in data):
        fields.append(alt.Tooltip("interval:N", title="95 % interval"))
    if any("counted" in item for item in data):
        fields.append(alt.Tooltip("counted:N", title="Counted"))
    return fields


def _from_zero(unit: str) -> bool:
    return unit not in ("percent", "points", "score")


def _value_axis_size() -> dict[str, Any]:
    return {
        "minExtent": _AXIS_WIDTH,
        "maxExtent": _AXIS_WIDTH,
        "labelLimit": _AXIS_WIDTH,
        "ticks": False,
        "domain": False,
    }


def _value_axis(data: Sequence[Datum], unit: str) -> alt.Axis:
    return alt.Axis(**_value_axis_size(), **_ticks(data, unit))


def _scale_axis(data: Sequence[Datum], unit: str) -> alt.Axis:
    return alt.Axis(ticks=False, domain=False, labelFlush=True, **_ticks(data, unit))


def _ticks(data: Sequence[Datum], unit: str) -> dict[str, Any]:
    """Few round ticks; minutes are told in minutes, hours or days, whichever is round."""
    if unit != "minutes":
        return {"tickCount": 5, **(_SHORTENED if unit in ("money", "count") else {"format": ",.2~f"})}
    longest = max((item[end] for item in data for end in ("value", "high") if item.get(end) is not None), default=0)
    steps = (1, 5, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 7200, 14400, 43200, 144000, 432000)
    step = next((step for step in steps if longest <= 5 * step), steps[-1])
    size, name = (1440, "d") if step >= 1440 else (60, "h") if step >= 60 else (1, "min")
    return {
        "values": [step * index for index in range(int(longest // step) + 2)],
        "labelExpr": f"datum.value === 0 ? '0' : format(datum.value / {size}, '~g') + ' {name}'",
    }
