"""The figures: which rows of the published file each one shows, and the words around it.

Belongs here: one function per kind of figure. Does not belong here: which figures stand in which section (`sections`),
how marks are drawn (`charts`). A figure without rows says so in a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from dashboards.report import charts, wording
from dashboards.report.charts import AMBER, BLUE, GREEN, GREY, PURPLE, RED, Datum
from dashboards.report.elements import (
    Cell,
    Drawing,
    Figure,
    Line,
    Table,
    guide,
    metric_attributes,
    metric_cell,
    table_cell,
    text_cell,
    values_table,
)
from dashboards.report.published import CohortCell, Published, Value

PERIODS_SHOWN = {"month": 24, "quarter": 12}
MEMBERS_SHOWN = 12
MEMBERS_LISTED = 40
COHORTS_SHOWN = 24

DASHED = "dashed"


@dataclass(frozen=True)
class Subject:
    """What n counts, what to say where nothing was counted, and whether periods are drawn as bars."""

    noun: str
    missing: str
    as_bars: bool = False


_RECOMMENDATION = Subject("customers", "Nobody has answered a recommendation question yet.")
_CONTACT = Subject("tickets", "No ticket has been solved yet, so first contact cannot be judged.")
_MOVEMENT = Subject("customers", "No month has closed with a subscription in it yet.", as_bars=True)
_COHORT = Subject("customers", "No month has begun with a subscriber yet.")
_ORDER = Subject("orders", "Nothing has been bought yet.", as_bars=True)
_BUYER = Subject("buyers", "Nobody has bought anything yet.")

SUBJECTS = {
    "nps": _RECOMMENDATION,
    "csat": Subject("answers", "Nobody has answered a satisfaction question yet."),
    "csat_ticket": Subject("ratings", "Nobody has rated a ticket yet."),
    "ces": Subject("answers", "Nobody has answered a question about effort yet."),
    "survey_response_rate": Subject("invitations", "No survey has been sent out yet."),
    "fcr": _CONTACT,
    "fcr_one_touch": _CONTACT,
    "fcr_strict": _CONTACT,
    "fcr_no_repeat": _CONTACT,
    "fcr_reported": Subject("answers", "Nobody has said whether the first contact was enough."),
    "first_reply_minutes": Subject("tickets", "No ticket has been replied to yet."),
    "first_reply_business_minutes": Subject("tickets", "No ticket has been replied to yet."),
    "resolution_minutes": Subject("tickets", "No ticket has been solved yet."),
    "resolution_business_minutes": Subject("tickets", "No ticket has been solved yet."),
    "reply_within_24h_rate": Subject("tickets", "No ticket is old enough yet to have been replied to within 24 hours."),
    "reopen_rate": Subject("tickets", "No ticket has been solved yet."),
    "backlog": Subject("tickets", "There has been no open ticket yet.", as_bars=True),
    "mrr": Subject("customers", "Nobody has paid for a subscription yet."),
    "new_mrr": _MOVEMENT,
    "reactivation_mrr": _MOVEMENT,
    "expansion_mrr": _MOVEMENT,
    "contraction_mrr": _MOVEMENT,
    "churned_mrr": _MOVEMENT,
    "logo_churn_rate": _COHORT,
    "gross_mrr_churn_rate": _COHORT,
    "nrr": _COHORT,
    "grr": _COHORT,
    "net_revenue": _ORDER,
    "average_order_value": Subject("orders", "Nothing has been bought yet."),
    "repeat_purchase_rate": Subject(
        "customers", "No first purchase is old enough yet to have been followed by another."
    ),
    "clv_historic": _BUYER,
    "clv_expected": _BUYER,
    "p_alive": _BUYER,
    "top20_revenue_share": _BUYER,
}

FCR_METHODS = ("fcr_one_touch", "fcr_strict", "fcr_no_repeat", "fcr_reported")

# Metric, name of the movement, which way it moves recurring revenue, colour.
MOVEMENTS = (
    ("new_mrr", "New", 1, GREEN),
    ("reactivation_mrr", "Returned", 1, PURPLE),
    ("expansion_mrr", "Expanded", 1, BLUE),
    ("contraction_mrr", "Reduced", -1, AMBER),
    ("churned_mrr", "Left", -1, RED),
)


def trend(published: Published, metric: str, grain: str) -> Figure:
    """A metric over the last complete months or quarters."""
    definition, subject = published.definitions.get(metric), SUBJECTS[metric]
    key, title = f"trend-{metric}-{grain}", f"{_name(published, metric)}, by {grain}"
    rows = _recent(published, metric, grain)
    if not rows or published.as_of is None:
        return Figure(key, title, missing=subject.missing)
    labelled = [(wording.short_period(grain, row.period_start), row) for row in rows if row.period_start]
    data = [charts.datum(row, label) for label, row in labelled]
    (first_label, first), (last_label, last) = labelled[0], labelled[-1]
    words = f"{title}: {metric_cell(first).text} in {first_label}, {metric_cell(last).text} in {last_label}."
    legend, notes = {}, []
    if subject.as_bars and not any(row.value for row in rows):
        drawings = []
        notes.append(f"It was zero in every {grain} from {first_label} to {last_label}.")
    elif subject.as_bars:
        drawings = [Drawing(charts.columns(data, last.unit), words)]
    else:
        counted = [charts.count_datum(row, label) for label, row in labelled]
        strip = f"How many {subject.noun} stand behind each point; the table has the numbers."
        drawings = [
            Drawing(charts.trend(data, last.unit, target=last.target_value), words),
            Drawing(charts.counts(counted), strip),
        ]
        legend = _target_legend(last) | {f"{subject.noun.capitalize()} per {grain}": GREY}
    if last.period_start != wording.last_complete(grain, published.as_of):
        since = wording.period(grain, last.period_start)
        series = published.series(metric, grain)
        undecided = any(row.pending_n for row in series[series.index(last) + 1 :])
        notes.append(
            f"What came after {since} is not decided yet." if undecided else f"Nothing was counted after {since}."
        )
    if any(row.pending_n for row in rows):
        notes.append(f"The latest periods may still move: some {subject.noun} are not decided yet.")
    return Figure(
        key,
        title,
        guide=guide(definition),
        metric=metric if definition else "",
        drawings=drawings,
        legend=legend,
        table=values_table(_caption(title), grain.capitalize(), labelled, noun=subject.noun),
        note=" ".join(notes),
    )


def comparison(published: Published, metric: str, dimension: str, trailing_days: int) -> Figure:
    """A metric by member of one dimension: of the trailing window, or of all time where the window has no data."""
    definition, subject = published.definitions.get(metric), SUBJECTS[metric]
    key, title = f"{metric}-by-{dimension}", f"{_name(published, metric)}, by {dimension}"
    rows = _first_with_data([published.series(metric, grain, dimension) for grain in ("trailing", "all_time")])
    if not rows:
        return Figure(key, title, missing=subject.missing)
    sign = 1 if definition and definition.direction == "down" else -1
    names = published.segment_names if dimension == "segment" else {}
    largest = sorted(rows, key=lambda row: (-row.n, row.member))
    shown, listed = (
        [
            (names.get(row.member) or wording.member(row.member), row)
            for row in sorted(largest[:limit], key=lambda row: (sign * (row.value or 0), row.member))
        ]
        for limit in (MEMBERS_SHOWN, MEMBERS_LISTED)
    )
    notes = [f"{wording.sentence(wording.period(rows[0].grain, None, trailing_days))}; the best at the top."]
    if len(rows) > len(shown):
        notes.append(f"Drawn are the {len(shown)} with the most {subject.noun} of {len(rows)}.")
    if len(rows) > len(listed):
        notes.append(f"The table has {len(listed)}; the others are in marts.metric_values.")
    targets = {row.target_value for _, row in shown}
    target = targets.pop() if len(targets) == 1 else None
    data = [charts.datum(row, label) for label, row in shown]
    return Figure(
        key,
        title,
        guide=guide(definition),
        metric=metric if definition else "",
        drawings=[
            Drawing(
                charts.comparison(data, rows[0].unit, noun=subject.noun, target=target),
                _sentence(title, [(label, metric_cell(row).text) for label, row in shown]),
            )
        ],
        legend=_target_legend(rows[0]) if target is not None else {},
        table=values_table(_caption(title), dimension.capitalize(), listed, noun=subject.noun),
        note=" ".join(notes),
    )


def first_contact_methods(published: Published, trailing_days: int) -> Figure:
    """First contact resolution by each of its methods."""
    key, title = "fcr-methods", "Solved at first contact, by method"
    by_grain = [
        [row for metric in FCR_METHODS if (row := published.one(metric, grain))] for grain in ("trailing", "all_time")
    ]
    rows = _first_with_data(by_grain)
    if not rows:
        return Figure(key, title, missing=_CONTACT.missing)
    family = f"{_name(published, 'fcr')}, "
    labelled = [(wording.sentence(_name(published, row.metric).removeprefix(family)), row) for row in rows]
    data = [charts.datum(row, label) for label, row in labelled]
    return Figure(
        key,
        title,
        guide="How many tickets needed no second contact? The methods differ in what they call a second contact and in "
        "whom they count: compare a method with itself over time, never with another.",
        drawings=[
            Drawing(
                charts.comparison(data, rows[0].unit, noun="counted"),
                _sentence(title, [(label, metric_cell(row).text) for label, row in labelled]),
            )
        ],
        table=values_table(_caption(title), "Method", labelled, noun="counted"),
        note=f"{wording.sentence(wording.period(rows[0].grain, None, trailing_days))}.",
    )


def revenue_bridge(published: Published) -> Figure:
    """Recurring revenue from the start to the end of the last complete month."""
    month = wording.last_complete("month", published.as_of) if published.as_of else None
    bridge = next((row for row in published.bridge if row["month_start"] == month), None)
    closing = published.one("mrr", "month", month)
    if month is None or bridge is None or closing is None or closing.value is None:
        return Figure("mrr-bridge", "How recurring revenue moved", missing=_MOVEMENT.missing)
    title = f"How recurring revenue moved in {wording.period('month', month)}"
    data: list[Datum] = []
    lines: list[Line] = []

    def add(label: str, cell: Cell, origin: Datum, shown: str, start: float, end: float, colour: str) -> None:
        data.append({**origin, "label": label, "shown": shown, "start": start, "end": end, "colour": colour})
        lines.append(Line([text_cell(label), cell]))

    level = bridge["start_mrr"]
    add("At the start", *_bridge_part(bridge, "start_mrr", closing.currency), 0, level, GREY)
    for metric, label, sign, colour in MOVEMENTS:
        row = published.one(metric, "month", month)
        if row is None or row.value is None:
            continue
        shown = wording.quantity(sign * row.value, row.unit, row.currency, signed=True)
        add(label, _single(row), charts.datum(row, label), shown, level, level + sign * row.value, colour)
        level += sign * row.value
    if bridge["fx_effect"]:
        end = level + bridge["fx_effect"]
        add("Exchange rates", *_bridge_part(bridge, "fx_effect", closing.currency), level, end, GREY)
    cell = _single(closing)
    add("At the end", cell, charts.datum(closing, "At the end"), cell.text, 0, closing.value, GREY)
    begins_at = _magnified([item[end] for item in data for end in ("start", "end")])
    return Figure(
        "mrr-bridge",
        title,
        guide="From what running subscriptions were worth at the start of the month to what they are worth at its end. "
        "Each bar begins where the one above ends.",
        drawings=[
            Drawing(
                charts.bars(data, "money", begins_at=begins_at),
                _sentence(title, [(item["label"], item["shown"]) for item in data]),
            )
        ],
        table=Table(_caption(title), ("Step", "Amount"), lines),
        note=f"The axis begins at {wording.quantity(begins_at, 'money', closing.currency)}." if begins_at else "",
    )


def revenue_movements(published: Published) -> Figure:
    """What was won and lost of recurring revenue, month by month."""
    key, title = "mrr-movements", "Recurring revenue won and lost, by month"
    series = {metric: _recent(published, metric, "month") for metric, *_ in MOVEMENTS}
    found = {(row.metric, row.period_start): row for rows in series.values() for row in rows}
    months = sorted({row.period_start for rows in series.values() for row in rows if row.period_start})
    months = months[-PERIODS_SHOWN["month"] :]
    if not months:
        return Figure(key, title, missing=_MOVEMENT.missing)
    data: list[Datum] = []
    lines: list[Line] = []
    for month in months:
        label = wording.short_period("month", month)
        cells = [text_cell(label)]
        for metric, name, sign, _ in MOVEMENTS:
            row = found.get((metric, month))
            cells.append(_single(row) if row else text_cell(wording.NO_DATA))
            if row and row.value is not None:
                shown = wording.quantity(sign * row.value, row.unit, row.currency, signed=True)
                data.append({**charts.datum(row, label), "series": name, "drawn": sign * row.value, "shown": shown})
        lines.append(Line(cells))
    colours = {name: colour for _, name, _, colour in MOVEMENTS}
    return Figure(
        key,
        title,
        guide="Above the line is what was won: customers who are new, who came back, who pay more. Below it is what "
        "was lost: customers who pay less and who left.",
        drawings=[Drawing(charts.columns(data, "money", colours=colours), f"{title}; the table has the numbers.")],
        legend=colours,
        table=Table(_caption(title), ("Month", *colours), lines),
    )


def retention(published: Published, basis: str, title: str, words: str) -> Figure:
    """Cohorts of subscribers or buyers by age; `basis` is that of marts.mart_retention_cohorts."""
    key = f"retention-{basis}"
    cells = [cell for cell in published.retention if cell.basis == basis]
    months = sorted({cell.cohort_month for cell in cells})[-COHORTS_SHOWN:]
    cells = [cell for cell in cells if cell.cohort_month in months and cell.age_months < COHORTS_SHOWN]
    if not cells:
        return Figure(key, title, is_wide=True, missing="No group of customers has a whole month behind it yet.")
    ages = list(range(max(cell.age_months for cell in cells) + 1))
    labels = {month: wording.short_period("month", month) for month in months}
    data = [
        {
            "basis": cell.basis,
            "cohort_month": cell.cohort_month.isoformat(),
            "age": cell.age_months,
            "value": cell.classic_retention_rate,
            "n": cell.cohort_size,
            "cohort": labels[cell.cohort_month],
            "shown": wording.quantity(cell.classic_retention_rate, "percent"),
            "whole": wording.number(cell.classic_retention_rate),
        }
        for cell in cells
    ]
    return Figure(
        key,
        title,
        guide=words,
        drawings=[
            Drawing(
                charts.triangle(data, cohorts=list(labels.values()), ages=ages), f"{title}; the table has the numbers."
            )
        ],
        table=_retention_table(title, cells, labels, ages),
        is_wide=True,
    )


def customer_groups(published: Published) -> Figure:
    """Buyers by RFM segment, as they are now."""
    key, title, source = "customer-groups", "Buyers by habit", "marts.mart_customer_value"
    if not published.customer_groups:
        return Figure(key, title, missing="Nobody has bought anything yet, so buyers cannot be grouped.")
    data: list[Datum] = []
    lines: list[Line] = []
    for group in published.customer_groups:
        name, count, revenue = group["rfm_segment"], group["customer_count"], group["net_revenue"]
        label, money = wording.member(name), wording.quantity(revenue, "money", group["currency"])
        shown = f"{wording.number(count)} buyers · {money}"
        data.append({"label": label, "rfm_segment": name, "value": count, "net_revenue": revenue, "shown": shown})
        where = {"rfm_segment": name}
        counted, earned = (
            table_cell(source, where, "count", count),
            table_cell(source, where, "net_revenue", revenue, money),
        )
        lines.append(Line([text_cell(label), counted, earned]))
    return Figure(
        key,
        title,
        guide="Buyers are grouped by how lately and how often they bought. The bar is how many there are, the amount "
        "what they have brought in so far, after refunds; the groups that brought in most stand at the top.",
        drawings=[
            Drawing(charts.bars(data, "count"), _sentence(title, [(item["label"], item["shown"]) for item in data]))
        ],
        table=Table(_caption(title), ("Group", "Buyers", "Net revenue"), lines),
    )


def _name(published: Published, metric: str) -> str:
    definition = published.definitions.get(metric)
    return definition.name if definition else wording.member(metric)


def _caption(title: str) -> str:
    return f"{title}: the numbers"


def _sentence(title: str, numbers: Sequence[tuple[str, str]]) -> str:
    """A figure in one sentence, for those who cannot see it."""
    return f"{title}: {wording.listing([f'{label} {shown}' for label, shown in numbers])}."


def _target_legend(row: Value) -> dict[str, str]:
    return {} if row.target_value is None else {f"Target {metric_cell(row, 'target_value').text}": DASHED}


def _recent(published: Published, metric: str, grain: str) -> list[Value]:
    """The last complete periods, from the first to the last with data; a period without data in between stays in."""
    if published.as_of is None:
        return []
    last = wording.last_complete(grain, published.as_of)
    rows = [row for row in published.series(metric, grain) if row.period_start and row.period_start <= last]
    while rows and not rows[-1].has_data:
        rows.pop()
    rows = rows[-PERIODS_SHOWN[grain] :]
    while rows and not rows[0].has_data:
        rows.pop(0)
    return rows


def _first_with_data(candidates: Sequence[Sequence[Value]]) -> list[Value]:
    """The rows with data of the first candidate that has any."""
    return next((found for rows in candidates if (found := [row for row in rows if row.has_data])), [])


def _bridge_part(bridge: dict[str, Any], name: str, currency: str | None) -> tuple[Cell, Datum, str]:
    """A part of the bridge that is no metric of its own: its cell, its origin for the chart, its text."""
    where = {"month_start": bridge["month_start"].isoformat()}
    shown = wording.quantity(bridge[name], "money", currency, signed=name == "fx_effect")
    cell = table_cell("marts.mart_mrr_bridge", where, name, bridge[name], shown)
    return cell, {"field": name, "value": bridge[name], **where}, shown


def _magnified(levels: Sequence[float]) -> float:
    """Where the axis of a bridge begins: at zero, unless the movements would then be too small to see."""
    inner = [level for level in levels if level]
    if not inner or min(inner) <= 0:
        return 0
    spread = max(inner) - min(inner)
    if spread > max(inner) / 5:
        return 0
    room = max(min(inner) - max(spread, max(inner) / 100), 0)
    digits = Decimal(1).scaleb(Decimal(str(max(inner))).adjusted() - 1)
    return float(Decimal(str(room)) // digits * digits)


def _retention_table(title: str, cells: Sequence[CohortCell], labels: dict[date, str], ages: Sequence[int]) -> Table:
    found = {(cell.cohort_month, cell.age_months): cell for cell in cells}
    sizes = {cell.cohort_month: cell for cell in cells}
    lines = []
    for month, label in labels.items():
        rates = [_rate_cell(found[month, age]) if (month, age) in found else text_cell("") for age in ages]
        size = sizes[month]
        attributes = {
            "data-table": "marts.mart_retention_cohorts",
            "data-basis": size.basis,
            "data-cohort-month": month.isoformat(),
            "data-cohort-size": str(size.cohort_size),
        }
        lines.append(
            Line([text_cell(label), Cell(wording.number(size.cohort_size), is_number=True), *rates], attributes)
        )
    return Table(f"{title}: percent, by months since the first", ("Started", "Customers", *map(str, ages)), lines)


def _rate_cell(cell: CohortCell) -> Cell:
    rate = cell.classic_retention_rate
    attributes = {"data-age": str(cell.age_months), "data-value": "" if rate is None else repr(rate)}
    return Cell(wording.number(rate, 1), attributes, is_number=True)


def _single(row: Value) -> Cell:
    """The value of a row that stands in a table of several metrics, with its origin."""
    cell = metric_cell(row)
    return replace(cell, attributes={**metric_attributes(row), **cell.attributes})
