"""What a run says otherwise of periods that were over when the release before it was published, and why.

Belongs here: the comparison of `marts.metric_values` with the published file, and the cause of each difference. Does
not belong here: the publication itself. This module knows nothing of the orchestrator.

Reads   the warehouse and the published file that it is about to replace
Writes  `quality.metric_restatements`, to which each release adds; a warehouse that is built anew takes over what the
        published file has

The cause is the first of these that holds: `definition` (the metric's row in the registry has changed), `matured`
(rows that waited for their window were decided), rows of the metric's entities that were loaded since and fall into
the period (`late_rows`, `corrected_rows`, `deleted_rows`: the most frequent), `identity` (customers were joined or
parted since), such rows of any other day, and `other` (settings, seeds, the project's own code).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from ingest.contracts import load_contracts

# What metrics of a field are made of: entities, with the instant that dates a row where it has one.
_PEOPLE: Mapping[str, str | None] = {"contacts": None, "accounts": None, "account_contacts": None}
_SOLD: Mapping[str, str | None] = {
    "orders": "ordered_at",
    "refunds": "refunded_at",
    "exchange_rates": None,
    "products": None,
}
ENTITIES: Mapping[str, Mapping[str, str | None]] = {
    "surveys": {
        "survey_responses": "responded_at",
        "survey_invitations": "sent_at",
        "survey_answers": None,
        "survey_questions": None,
        "surveys": None,
        "survey_populations": None,
    },
    "service": {
        "tickets": "created_at",
        "ticket_events": "occurred_at",
        "agents": None,
        "schedules": None,
        "holidays": None,
        "sla_policies": None,
    },
    "orders": _SOLD,
    "subscriptions": {"subscriptions": "period_start", "exchange_rates": None},
    "value": _SOLD,
}

_TABLE = """
create schema if not exists quality;
create table if not exists quality.metric_restatements (
    previous_release_id varchar, found_at timestamptz, metric varchar, period_grain varchar, period_start date,
    dimension varchar, dimension_value varchar, currency varchar, value_before double, value_after double,
    change double, n_before bigint, n_after bigint, was_final boolean, cause varchar, rows_changed bigint
)
"""


@dataclass(frozen=True)
class Previous:
    """The release that readers have so far; instants in UTC."""

    release_id: str
    published_at: datetime
    as_of: date
    file: Path


def record_restatements(
    connection: duckdb.DuckDBPyConnection,
    previous: Previous | None,
    *,
    as_of: date,
    reporting_timezone: str,
    found_at: datetime,
) -> int:
    """Adds what differs from the published file to `quality.metric_restatements`; returns how many rows.

    Nothing is compared without a release before, and with one of a later day: what it knew does not exist for this run.
    Found again (the run before was not published), a difference is there once.
    """
    connection.execute(_TABLE)
    if previous is None or previous.as_of > as_of or not previous.file.exists():
        return 0
    connection.execute(f"attach '{str(previous.file).replace(chr(39), chr(39) * 2)}' as previous (read_only)")
    try:
        _take_over(connection)
        connection.execute(
            "delete from quality.metric_restatements where previous_release_id = ?", [previous.release_id]
        )
        _find_moved(connection, previous)
        _find_changed_rows(connection, reporting_timezone)
        return _record(connection, previous, found_at)
    finally:
        connection.execute("detach previous")


def _take_over(connection: duckdb.DuckDBPyConnection) -> None:
    """What earlier releases found, if this warehouse does not know it."""
    [(known,)] = connection.execute("select count(*) from quality.metric_restatements").fetchall()
    exists = connection.execute(
        "select 1 from duckdb_tables() where database_name = 'previous' and schema_name = 'quality'"
        " and table_name = 'metric_restatements'"
    ).fetchone()
    if exists and not known:
        connection.execute("insert into quality.metric_restatements by name from previous.quality.metric_restatements")


def _find_moved(connection: duckdb.DuckDBPyConnection, previous: Previous) -> None:
    """Values of periods that were over at the previous release, and are not what they were."""
    connection.execute(
        """
        create or replace temp table moved as
        with before as (
            select
                *,
                cast(
                    case period_grain
                        when 'day' then period_start + interval 1 day
                        when 'week' then period_start + interval 7 day
                        when 'month' then period_start + interval 1 month
                        when 'quarter' then period_start + interval 3 month
                        when 'year' then period_start + interval 1 year
                    end as date
                ) as period_end
            from previous.marts.metric_values
            where period_start is not null
        )
        select
            coalesce(before.metric, after.metric) as metric,
            before.period_grain, before.period_start, before.period_end,
            before.dimension, before.dimension_value, before.currency,
            before.value as value_before, after.value as value_after,
            before.n as n_before, coalesce(after.n, 0) as n_after,
            before.is_final as was_final,
            before.pending_n > coalesce(after.pending_n, 0) as is_matured
        from before
        left join marts.metric_values as after
            on
                before.metric = after.metric
                and before.period_grain = after.period_grain
                and before.period_start = after.period_start
                and before.dimension = after.dimension
                and before.dimension_value = after.dimension_value
                and before.currency is not distinct from after.currency
        where
            before.period_end <= cast(? as date) + 1
            and (
                before.n <> coalesce(after.n, 0)
                or (before.value is null) <> (after.value is null)
                or abs(before.value - after.value) > 1e-9 * greatest(1, abs(before.value))
            )
        """,
        [previous.as_of],
    )


def _find_changed_rows(connection: duckdb.DuckDBPyConnection, reporting_timezone: str) -> None:
    """Rows loaded since the previous release, counted by field, cause and day."""
    [(last_load,)] = connection.execute(
        "select coalesce(max(load_sequence), 0) from previous.quality.loaded_files"
    ).fetchall()
    connection.execute(
        "create or replace temp table changed_rows (field varchar, cause varchar, event_date date, row_count bigint)"
    )
    for entity, table, instant, fields in _staging_tables(connection):
        key = ["source_system", *load_contracts()[entity].key]
        same = " and ".join(f"earlier.{column} is not distinct from fresh.{column}" for column in key)
        known = f"select 1 from {table} as earlier where earlier._load_sequence <= {last_load} and {same}"
        day = f"cast({instant} at time zone '{reporting_timezone}' as date)" if instant else "cast(null as date)"
        connection.execute(
            f"""
            insert into changed_rows
            select unnest(?::varchar[]) as field, counted.*
            from (
                select
                    case
                        when coalesce(fresh._is_tombstone, false) or coalesce(fresh.is_deleted, false)
                            then 'deleted_rows'
                        when exists ({known}) then 'corrected_rows'
                        else 'late_rows'
                    end as cause,
                    {day} as event_date,
                    count(*) as row_count
                from {table} as fresh
                where fresh._load_sequence > {last_load}
                group by all
            ) as counted
            """,
            [fields],
        )


def _staging_tables(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str | None, list[str]]]:
    """Every canonical staging table that exists, whoever delivers to it: entity, table, dating column, and the fields
    whose metrics are made of it.
    """
    tables = [
        table
        for (table,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'staging' order by 1"
        ).fetchall()
    ]
    instants = {entity: instant for entities in ENTITIES.values() for entity, instant in entities.items()}
    for entity, instant in {**instants, **_PEOPLE}.items():
        fields = [field for field, entities in ENTITIES.items() if entity in entities or entity in _PEOPLE]
        for table in tables:
            if table.startswith("stg_") and table.endswith(f"__{entity}"):
                yield entity, f"staging.{table}", instant, fields


def _record(connection: duckdb.DuckDBPyConnection, previous: Previous, found_at: datetime) -> int:
    # A release of an earlier version of this project may lack columns.
    [(columns,)] = connection.execute(
        """
        select string_agg(column_name, ', ' order by column_name)
        from (
            select column_name
            from duckdb_columns()
            where schema_name = 'marts' and table_name = 'metric_definitions'
            group by column_name
            having count(distinct database_name) = 2
        )
        """
    ).fetchall()
    fields = " union all ".join(
        f"select metric, '{field}' as field from settings.metric_definitions__{field}" for field in ENTITIES
    )
    connection.execute(
        f"""
        insert into quality.metric_restatements by name
        with fields as ({fields}),
        redefined as (
            select metric from marts.metric_definitions
            except
            select metric
            from (
                select {columns} from marts.metric_definitions
                intersect
                select {columns} from previous.marts.metric_definitions
            )
        ),
        in_period as (
            select moved.rowid as row_id, changed_rows.cause, sum(changed_rows.row_count) as row_count
            from moved
            inner join fields on moved.metric = fields.metric
            inner join changed_rows
                on
                    fields.field = changed_rows.field
                    and changed_rows.event_date >= moved.period_start
                    and changed_rows.event_date < moved.period_end
            group by all
        ),
        anywhere as (
            select field, cause, sum(row_count) as row_count from changed_rows group by all
        ),
        most_in_period as (
            select row_id, max_by(cause, row_count) as cause, max(row_count) as row_count from in_period group by all
        ),
        most_anywhere as (
            select field, max_by(cause, row_count) as cause, max(row_count) as row_count from anywhere group by all
        ),
        merges as (
            select count(*) as row_count from quality.identity_merges where assigned_at > $published_at
        )
        select
            $release_id as previous_release_id,
            $found_at as found_at,
            moved.* exclude (period_end, is_matured),
            moved.value_after - moved.value_before as change,
            case
                when redefined.metric is not null then 'definition'
                when moved.is_matured then 'matured'
                when most_in_period.cause is not null then most_in_period.cause
                when merges.row_count > 0 then 'identity'
                when most_anywhere.cause is not null then most_anywhere.cause
                else 'other'
            end as cause,
            case
                when redefined.metric is not null or moved.is_matured then null
                when most_in_period.cause is not null then most_in_period.row_count
                when merges.row_count > 0 then merges.row_count
                else most_anywhere.row_count
            end as rows_changed
        from moved
        cross join merges
        left join redefined on moved.metric = redefined.metric
        left join fields on moved.metric = fields.metric
        left join most_in_period on moved.rowid = most_in_period.row_id
        left join most_anywhere on fields.field = most_anywhere.field
        """,
        {"release_id": previous.release_id, "found_at": found_at, "published_at": previous.published_at},
    )
    [(found,)] = connection.execute(
        "select count(*) from quality.metric_restatements where previous_release_id = ?", [previous.release_id]
    ).fetchall()
    return int(found)
