"""The one screen at the end of a run: scores, rows and seconds per layer, checks, quarantine, where things are.

Belongs here: reading the published file and the warehouse's own records, and laying them out as text. Nothing is
computed here that is not in a table.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from ingest.quarantine import Choice, Quarantine
from orchestration.settings import Settings
from orchestration.steps import quality
from orchestration.terminal import counted_of, first_of, printable

# What a person wants to see first, in this order; one that the company has no data for is left out.
HEADLINES = (
    "nps",
    "csat",
    "csat_ticket",
    "ces",
    "survey_response_rate",
    "fcr",
    "first_reply_business_minutes",
    "resolution_business_minutes",
    "mrr",
    "logo_churn_rate",
    "nrr",
    "net_revenue",
    "repeat_purchase_rate",
)


def screen(
    settings: Settings, *, succeeded: bool, seconds: float, partial: bool = False, is_published: bool = False
) -> Iterator[str]:
    """The lines of the screen, for a run that just ended and took `seconds`. `is_published`: it published a file, also
    if it failed after that.
    """
    yield ""
    if succeeded and not partial:
        yield from _scores(settings)
    yield from _layers(settings)
    yield from _checks(settings)
    yield from _not_loaded(settings)
    yield ""
    if partial:
        yield f"{'Done' if succeeded else 'FAILED'} in {seconds:.0f} s. Some layers only; `cx360 run` runs all."
        return
    if succeeded:
        yield f"Published in {seconds:.0f} s."
        yield f"  file    {settings.published_file}"
        yield f"  report  {settings.report}"
    elif is_published:
        yield f"FAILED after {seconds:.0f} s. {settings.published_file} is this run's, the report is not."
    elif settings.published_file.exists():
        yield f"FAILED after {seconds:.0f} s. {settings.published_file} is what it was before."
    else:
        yield f"FAILED after {seconds:.0f} s. Nothing was published."
    if settings.data_docs.exists():
        yield f"  checks  {settings.data_docs / 'index.html'}"
    yield f"  logs    {settings.logs}"


def _scores(settings: Settings) -> Iterator[str]:
    with duckdb.connect(str(settings.published_file), read_only=True) as connection:
        if not _exists(connection, "marts", "metric_values"):
            return
        rows = connection.execute(
            # The trailing window where a metric has one, else its last month.
            """
            select metric, period_grain, period_start, unit, currency, value, value_low, value_high, n, as_of
            from marts.metric_values
            where dimension = 'all' and list_contains(?, metric) and period_grain in ('trailing', 'month') and n > 0
                and value is not null
            qualify row_number() over (partition by metric, currency order by period_grain = 'trailing' desc,
            period_start desc) = 1
            """,
            [list(HEADLINES)],
        ).fetchall()
    if rows:
        yield f"Scores as of {rows[0][-1]} (95 % interval, n)"
    for metric, grain, start, unit, currency, value, low, high, count, _ in sorted(
        rows, key=lambda row: HEADLINES.index(row[0])
    ):
        interval = f"{low:,.1f} to {high:,.1f}" if low is not None and high is not None else ""
        period = "trailing" if grain == "trailing" else f"{start:%Y-%m}"
        yield f"  {metric:<30} {value:>12,.1f} {currency or unit:<8} {interval:>22}   n {count:>8,}  {period}"


def _layers(settings: Settings) -> Iterator[str]:
    if not settings.warehouse.exists():
        return
    with quality.connect(settings.warehouse, read_only=True) as connection:
        if not _exists(connection, "quality", "layer_runs"):
            return
        runs = connection.execute(
            "select layer, status, epoch(finished_at) - epoch(started_at) from quality.layer_runs order by started_at"
        ).fetchall()
        rows = dict(
            connection.execute(
                "select case layer when 'metrics' then 'marts' else layer end, sum(row_count)::bigint"
                " from quality.layer_rows group by all"
            ).fetchall()
        )
    yield ""
    yield "Layer               rows   seconds  status"
    for layer, status, seconds in runs:
        yield f"  {layer:<14} {_number(rows.get(layer)):>9} {_number(seconds, 1):>8}  {status}"


def _checks(settings: Settings) -> Iterator[str]:
    if not settings.warehouse.exists():
        return
    with quality.connect(settings.warehouse, read_only=True) as connection:
        if not _exists(connection, "quality", "expectation_results"):
            return
        expectations = connection.execute(
            "select count(*) filter (where success), count(*) filter (where not success and severity = 'critical'),"
            " count(*) filter (where not success and severity <> 'critical') from quality.expectation_results"
        ).fetchone()
        tests = connection.execute(
            "select count(*) filter (where status = 'pass'), count(*) filter (where status in ('fail', 'error')),"
            " count(*) filter (where status = 'warn') from quality.dbt_test_results"
        ).fetchone()
        loads = connection.execute(
            "select coalesce(sum(rows_read), 0)::bigint, coalesce(sum(rows_quarantined), 0)::bigint"
            " from quality.loaded_files"
        ).fetchone()
    yield ""
    yield from (_check_line("expectations", expectations), _check_line("dbt tests", tests))
    if loads:
        yield f"  {'quarantine':<14} {loads[1]:,} of {loads[0]:,} rows (`cx360 quarantine list`)"


def _not_loaded(settings: Settings) -> Iterator[str]:
    """Files and folders of landing of which nothing is loaded, and why. From the lake: a run may fail before there is
    a warehouse.
    """
    entries = Quarantine(settings.lake).not_loaded(Choice())
    if entries:
        yield ""
        yield f"Not loaded ({counted_of(sum(entry.files for entry in entries), 'file')})"
    for line in first_of([printable(str(entry)) for entry in entries], "cx360 quarantine list"):
        yield f"  {line}"


def _check_line(name: str, counts: Sequence[int] | None) -> str:
    passed, failed, warned = counts or (0, 0, 0)
    return f"  {name:<14} {passed:,} passed, {failed:,} failed, {warned:,} warned"


def _exists(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    found = connection.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?", [schema, table]
    ).fetchone()
    return bool(found and found[0])


def _number(value: Any, digits: int = 0) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
