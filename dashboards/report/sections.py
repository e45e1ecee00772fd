"""What the report shows, section by section.

Belongs here: the choice of headline numbers and figures, and their order. Does not belong here: queries, drawing, HTML.
To add a headline, add the metric to `HEADLINES` (and to `figures.SUBJECTS`); to add a figure, add it to its section.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dashboards.report import figures, quality, wording
from dashboards.report.elements import Card, Section, metric_attributes, metric_cell
from dashboards.report.figures import SUBJECTS, comparison, retention, trend
from dashboards.report.published import Published, Value

# The periods for which a headline is shown: the first that has data.
WINDOW = ("trailing", "all_time", "month")
LAST_MONTH = ("month", "all_time")
TODAY = ("day", "month", "all_time")

HEADLINES: dict[str, dict[str, Sequence[str]]] = {
    "What customers say": {
        "nps": WINDOW,
        "csat": WINDOW,
        "csat_ticket": WINDOW,
        "ces": WINDOW,
        "survey_response_rate": WINDOW,
    },
    "How we help": {
        "fcr": WINDOW,
        "first_reply_minutes": WINDOW,
        "first_reply_business_minutes": WINDOW,
        "resolution_minutes": WINDOW,
        "reply_within_24h_rate": WINDOW,
        "reopen_rate": WINDOW,
        "backlog": TODAY,
    },
    "Contracts": {
        "mrr": LAST_MONTH,
        "logo_churn_rate": LAST_MONTH,
        "gross_mrr_churn_rate": LAST_MONTH,
        "nrr": LAST_MONTH,
        "grr": LAST_MONTH,
    },
    "Purchases": {
        "net_revenue": WINDOW,
        "average_order_value": WINDOW,
        "repeat_purchase_rate": WINDOW,
        "top20_revenue_share": WINDOW,
        "clv_historic": WINDOW,
        "clv_expected": WINDOW,
        "p_alive": WINDOW,
    },
}


def compose(published: Published, *, trailing_days: int) -> list[Section]:
    """All sections in reading order. `trailing_days` is the length of the trailing window."""
    return [
        *(headlines(published, title, metrics, trailing_days) for title, metrics in HEADLINES.items()),
        satisfaction(published, trailing_days),
        service(published, trailing_days),
        contracts(published),
        purchases(published),
        data_quality(published),
        Section(
            "releases",
            "This release",
            link="This release",
            figures=[quality.publications(published)],
            missing="The published file holds no record of publications.",
        ),
    ]


def headlines(published: Published, title: str, metrics: dict[str, Sequence[str]], trailing_days: int) -> Section:
    """Cards of one group; a metric that the file does not define is left out."""
    found = [_card(published, metric, grains, trailing_days) for metric, grains in metrics.items()]
    return Section(
        f"headlines-{'-'.join(title.lower().split())}",
        title,
        link="Headlines" if title == next(iter(HEADLINES)) else "",
        cards=[card for card in found if card],
        missing="The published file says nothing about this.",
    )


def satisfaction(published: Published, trailing_days: int) -> Section:
    return Section(
        "satisfaction",
        "What customers say, over time and by group",
        link="What customers say",
        lead="The band around a line and the bar around a point are the range in which the true score lies 95 times in "
        "100: the fewer answers, the wider. Where two ranges overlap widely, the difference may be chance.",
        figures=[
            trend(published, "nps", "month"),
            trend(published, "csat", "month"),
            trend(published, "nps", "quarter"),
            trend(published, "csat", "quarter"),
            comparison(published, "nps", "segment", trailing_days),
            comparison(published, "nps", "channel", trailing_days),
            trend(published, "ces", "quarter"),
            trend(published, "survey_response_rate", "quarter"),
        ],
        missing="There are no survey answers yet, so there is nothing to draw here.",
    )


def service(published: Published, trailing_days: int) -> Section:
    return Section(
        "service",
        "How we help, over time and by team",
        link="How we help",
        lead="Times are medians: half of the tickets took less, half took more. They run day and night unless a title "
        "says business hours.",
        figures=[
            figures.first_contact_methods(published, trailing_days),
            trend(published, "fcr", "month"),
            comparison(published, "first_reply_minutes", "team", trailing_days),
            comparison(published, "resolution_minutes", "team", trailing_days),
            trend(published, "first_reply_minutes", "month"),
            trend(published, "resolution_minutes", "month"),
            trend(published, "backlog", "month"),
            trend(published, "reply_within_24h_rate", "month"),
        ],
        missing="There are no tickets yet, so there is nothing to draw here.",
    )


def contracts(published: Published) -> Section:
    return Section(
        "contracts",
        "Contracts and recurring revenue",
        link="Contracts",
        lead="Recurring revenue is what all running subscriptions are worth in a month. Only months that are over are "
        "shown.",
        figures=[
            trend(published, "mrr", "month"),
            figures.revenue_bridge(published),
            figures.revenue_movements(published),
            trend(published, "logo_churn_rate", "month"),
            trend(published, "nrr", "month"),
            trend(published, "grr", "month"),
            retention(
                published,
                "subscription",
                "Who stays: subscribers",
                "A row is everyone whose first paid month it was, a column that many months later, the number the "
                "percentage still paying then. The size of a group never changes, and a month that is not over has no "
                "cell.",
            ),
        ],
        missing="There are no subscriptions yet, so there is nothing to draw here.",
    )


def purchases(published: Published) -> Section:
    return Section(
        "purchases",
        "Purchases and customer value",
        link="Purchases",
        lead="Refunds count on the day they were paid back, not on the day of the order.",
        figures=[
            trend(published, "net_revenue", "month"),
            trend(published, "average_order_value", "month"),
            figures.customer_groups(published),
            trend(published, "repeat_purchase_rate", "month"),
            retention(
                published,
                "purchase",
                "Who comes back: buyers",
                "A row is everyone whose first purchase fell in that month, a column that many months later, the "
                "number the percentage who bought in that month. A month that is not over has no cell.",
            ),
        ],
        missing="There are no orders yet, so there is nothing to draw here.",
    )


def data_quality(published: Published) -> Section:
    return Section(
        "quality",
        "Can the data be trusted?",
        link="Data quality",
        lead="Every layer is checked before the next one is built. A check that matters and fails stops the "
        "publication; a warning is reported here. What breaks the rules of a file is set aside, never lost.",
        figures=[
            quality.checks(published),
            quality.layers(published),
            quality.files(published),
            quality.set_aside(published),
            quality.unreadable(published),
            quality.findings(published),
        ],
        missing="The published file says nothing about checks and loads.",
    )


def _card(published: Published, metric: str, grains: Sequence[str], trailing_days: int) -> Card | None:
    definition = published.definitions.get(metric)
    row = _headline_row(published, metric, grains)
    if definition is None or row is None:
        return None
    target_verdict = change_verdict = ""
    if row.target_value is not None and row.value is not None:
        distance = row.value - row.target_value
        target_verdict = "reached" if (distance if definition.direction == "up" else -distance) >= 0 else "missed"
    if row.change and row.is_change_significant is False:
        change_verdict = "unclear"
    elif row.change:
        change_verdict = "better" if (row.change > 0) == (definition.direction == "up") else "worse"
    has_interval = row.value_low is not None and row.value_high is not None
    return Card(
        metric=metric,
        title=definition.name,
        question=definition.question,
        when=wording.sentence(wording.period(row.grain, row.period_start, trailing_days)),
        attributes=metric_attributes(row),
        value=metric_cell(row),
        count=metric_cell(row, "n") if row.unit != "count" else None,
        noun=wording.fitting(SUBJECTS[metric].noun, row.n),
        low=metric_cell(row, "value_low") if has_interval else None,
        high=metric_cell(row, "value_high") if has_interval else None,
        pending=metric_cell(row, "pending_n") if row.pending_n else None,
        target=metric_cell(row, "target_value") if row.target_value is not None else None,
        target_verdict=target_verdict,
        change=metric_cell(row, "change") if row.change is not None else None,
        change_verdict=change_verdict,
        change_since=_period_before(row),
    )


def _headline_row(published: Published, metric: str, grains: Sequence[str]) -> Value | None:
    """The row of the first period with data, else of the first period that is published at all."""
    rows = [row for grain in grains if (row := published.one(metric, grain, _current(published, grain)))]
    return next((row for row in rows if row.has_data), rows[0] if rows else None)


def _current(published: Published, grain: str) -> date | None:
    """Start of the period that headlines speak of: the last complete month, the day of as_of; None for open windows."""
    if published.as_of is None or grain in ("trailing", "all_time"):
        return None
    return published.as_of if grain == "day" else wording.last_complete(grain, published.as_of)


def _period_before(row: Value) -> str:
    if row.grain == "month" and row.period_start:
        return wording.period("month", wording.add_months(row.period_start, -1))
    return "the day before" if row.grain == "day" else "the period before"
