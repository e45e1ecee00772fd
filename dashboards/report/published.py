"""Reads the published file: the rows that the report shows, as plain values.

Belongs here: every query of the report. Does not belong here: wording, layout, and any arithmetic on a metric, because
the report shows what marts.metric_values says and computes no number of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

# All models that the report reads; dbt_project/models/marts/_exposures.yml names the same ones.
MODELS = (
    "dim_segments",
    "metric_values",
    "metric_definitions",
    "mart_mrr_bridge",
    "mart_retention_cohorts",
    "mart_customer_value",
)

# Of the days only the last one is read: the backlog of today.
GRAINS = ("day", "month", "quarter", "trailing", "all_time")
DIMENSIONS = ("all", "segment", "channel", "team")


@dataclass(frozen=True, slots=True)
class Value:
    """One row of marts.metric_values. Percentages are 0 to 100; None is null; `period_start` is a local date."""

    metric: str
    grain: str
    period_start: date | None
    dimension: str
    member: str
    unit: str
    currency: str | None
    n: int
    value: float | None
    value_low: float | None
    value_high: float | None
    pending_n: int
    is_final: bool
    target_value: float | None
    previous_value: float | None
    change: float | None
    is_change_significant: bool | None

    @property
    def has_data(self) -> bool:
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Definition:
    """One row of marts.metric_definitions, as far as a reader needs it."""

    metric: str
    name: str
    question: str
    population: str
    numerator: str
    denominator: str
    unit: str
    direction: str
    event_date: str
    exclusions: str
    null_rule: str
    grains: str


@dataclass(frozen=True, slots=True)
class Check:
    """One row of quality.expectation_results."""

    layer: str
    table: str
    expectation: str
    severity: str
    success: bool
    message: str


@dataclass(frozen=True, slots=True)
class CohortCell:
    """One row of marts.mart_retention_cohorts. The rate is 0 to 100, or None where there is none."""

    basis: str
    cohort_month: date
    age_months: int
    cohort_size: int
    classic_retention_rate: float | None


@dataclass(frozen=True, slots=True)
class Release:
    """One row of quality.releases. `published_at` is UTC."""

    release_id: str
    published_at: datetime
    as_of: date
    table_count: int
    row_count: int


@dataclass(frozen=True)
class Published:
    """What the report shows. A table that the file does not have counts as one without rows."""

    as_of: date | None
    definitions: dict[str, Definition]
    values: dict[tuple[str, str, str], list[Value]]
    segment_names: dict[str, str] = field(default_factory=dict)
    retention: list[CohortCell] = field(default_factory=list)
    bridge: list[dict[str, Any]] = field(default_factory=list)
    customer_groups: list[dict[str, Any]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    tests: list[dict[str, Any]] = field(default_factory=list)
    layers: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    unreadable: list[dict[str, Any]] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)

    def series(self, metric: str, grain: str, dimension: str = "all") -> list[Value]:
        """The rows of one metric, by period, then member."""
        return self.values.get((metric, grain, dimension), [])

    def one(self, metric: str, grain: str, period_start: date | None = None, member: str = "all") -> Value | None:
        """The row of dimension `all` for one period; None if the file has no such row."""
        rows = self.series(metric, grain)
        return next((row for row in rows if row.period_start == period_start and row.member == member), None)


def read(published: Path) -> Published:
    """Everything the report shows, from the published file, opened read-only.

    Raises FileNotFoundError if there is no published file and duckdb.Error if it cannot be read.
    """
    if not published.is_file():
        raise FileNotFoundError(f"There is no published file at {published}: run `cx360 run` first.")
    with _connect(published) as connection:
        return _read(_Tables(connection))


@contextmanager
def _connect(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(str(published), read_only=True, config={"autoinstall_known_extensions": False})
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


class _Tables:
    """Queries that yield nothing where the table is missing."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._present = {
            f"{schema}.{table}"
            for schema, table in connection.execute(
                "select table_schema, table_name from information_schema.tables"
                " where table_catalog = current_database()"
            ).fetchall()
        }

    def rows(self, table: str, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        if table not in self._present:
            return []
        relation = self._connection.execute(query, list(parameters))
        columns = [column[0] for column in relation.description or []]
        return [dict(zip(columns, row, strict=True)) for row in relation.fetchall()]


def _read(tables: _Tables) -> Published:
    releases = [
        Release(**row)
        for row in tables.rows(
            "quality.releases",
            """
            select release_id, published_at, as_of, table_count, row_count
            from quality.releases
            order by published_at, release_id
            """,
        )
    ]
    values = _values(tables)
    return Published(
        as_of=_as_of(tables, releases),
        definitions=_definitions(tables),
        values=values,
        segment_names={
            row["segment"]: row["name"]
            for row in tables.rows("core.dim_segments", "select segment, name from core.dim_segments order by segment")
        },
        retention=[
            CohortCell(**row)
            for row in tables.rows(
                "marts.mart_retention_cohorts",
                """
                select
                    basis, cohort_month, age_months, cohort_size,
                    cast(classic_retention_rate as double) as classic_retention_rate
                from marts.mart_retention_cohorts
                order by basis, cohort_month, age_months
                """,
            )
        ],
        bridge=tables.rows(
            "marts.mart_mrr_bridge",
            """
            select
                month_start,
                cast(sum(start_mrr) as double) as start_mrr,
                cast(sum(fx_effect) as double) as fx_effect,
                cast(sum(end_mrr) as double) as end_mrr
            from marts.mart_mrr_bridge
            where product_id = 'all'
            group by month_start
            order by month_start
            """,
        ),
        customer_groups=tables.rows(
            "marts.mart_customer_value",
            """
            select
                coalesce(rfm_segment, 'unknown') as rfm_segment,
                min(currency) as currency,
                count(*) as customer_count,
                cast(sum(net_revenue) as double) as net_revenue
            from marts.mart_customer_value
            where is_current
            group by coalesce(rfm_segment, 'unknown')
            order by net_revenue desc nulls last, rfm_segment
            """,
        ),
        checks=[
            Check(**row)
            for row in tables.rows(
                "quality.expectation_results",
                """
                select layer, table_name as "table", expectation, severity, success, coalesce(message, '') as message
                from quality.expectation_results
                order by all
                """,
            )
        ],
        tests=tables.rows(
            "quality.dbt_test_results",
            "select status, count(*) as test_count from quality.dbt_test_results group by status order by status",
        ),
        layers=tables.rows(
            "quality.layer_rows",
            """
            select layer, count(*) as table_count, cast(sum(row_count) as bigint) as row_count
            from quality.layer_rows
            group by layer
            order by layer
            """,
        ),
        files=tables.rows(
            "quality.loaded_files",
            """
            select
                source_system,
                count(*) as file_count,
                count(*) filter (where status = 'unreadable') as unreadable_count,
                cast(coalesce(sum(rows_read), 0) as bigint) as rows_read,
                cast(coalesce(sum(rows_loaded), 0) as bigint) as rows_loaded,
                cast(coalesce(sum(rows_quarantined), 0) as bigint) as rows_quarantined
            from quality.loaded_files
            group by source_system
            order by source_system
            """,
        ),
        quarantined=tables.rows(
            "quality.quarantined_values",
            """
            select source_system, entity, "column", reason, cast(sum(row_count) as bigint) as row_count
            from quality.quarantined_values
            group by all
            order by row_count desc, source_system, entity, "column", reason
            """,
        ),
        unreadable=tables.rows(
            "quality.loaded_files",
            """
            select source_system, entity, coalesce(message, '') as message, count(*) as unreadable_count
            from quality.loaded_files
            where status = 'unreadable'
            group by all
            order by unreadable_count desc, source_system, entity, message
            """,
        ),
        releases=releases,
    )


def _as_of(tables: _Tables, releases: list[Release]) -> date | None:
    """The last day that exists for the release; None for a file that does not say."""
    if releases:
        return releases[-1].as_of
    found = tables.rows("marts.metric_values", "select max(as_of) as as_of from marts.metric_values")
    return found[0]["as_of"] if found else None


def _definitions(tables: _Tables) -> dict[str, Definition]:
    names = ", ".join(Definition.__slots__)
    rows = tables.rows("marts.metric_definitions", f"select {names} from marts.metric_definitions order by metric")
    return {row["metric"]: Definition(**{name: text or "" for name, text in row.items()}) for row in rows}


def _values(tables: _Tables) -> dict[tuple[str, str, str], list[Value]]:
    """Rows by metric, grain and dimension. Of a metric in several currencies only the most frequent one is shown."""
    found = tables.rows(
        "marts.metric_values",
        """
        select
            metric, period_grain as grain, period_start, dimension, dimension_value as member, unit, currency, n,
            value, value_low, value_high, pending_n, is_final, target_value, previous_value, change,
            is_change_significant
        from marts.metric_values
        where
            list_contains(?, period_grain)
            and list_contains(?, dimension)
            and (dimension = 'all' or period_grain in ('trailing', 'all_time'))
            and (period_grain <> 'day' or period_start = as_of)
        order by metric, period_grain, dimension, period_start nulls first, dimension_value, currency nulls first
        """,
        [list(GRAINS), list(DIMENSIONS)],
    )
    rows = [Value(**row) for row in found]
    currencies = Counter(row.currency for row in rows if row.currency is not None)
    shown = min(currencies, key=lambda currency: (-currencies[currency], currency)) if currencies else None
    values: dict[tuple[str, str, str], list[Value]] = {}
    for row in rows:
        if row.currency in (None, shown):
            values.setdefault((row.metric, row.grain, row.dimension), []).append(row)
    return values
