"""The run's own record in the warehouse: which layer was built when and held, what each check said, how many rows there
are.

Belongs here: the tables of schema `quality` that describe the run, and the rule that only a whole, checked run is
published. Does not belong here: the checks themselves (`expectations/`, dbt tests). This module knows nothing of the
orchestrator.

quality.layer_runs            one row per layer of the last run that touched it: as_of, start, end, status
running|passed|failed quality.expectation_results   one row per expectation of the last run of each gate
quality.dbt_test_results      one row per dbt data test of the last run of each layer
quality.layer_rows            one row per table and layer, with its rows
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

# The layers in the order of a run. A layer that is built again makes those after it stale.
LAYERS = ("landing", "raw", "staging", "intermediate", "core", "marts")

_TABLES = """
create schema if not exists quality;
create table if not exists quality.layer_runs (
    layer varchar primary key, run_id varchar, as_of date, started_at timestamptz, finished_at timestamptz, status
    varchar
);
create table if not exists quality.expectation_results (
    layer varchar, table_name varchar, expectation varchar, severity varchar, success boolean,
    observed varchar, unexpected_count bigint, message varchar, run_id varchar, as_of date
);
create table if not exists quality.dbt_test_results (
    layer varchar, table_name varchar, test varchar, severity varchar, status varchar,
    failures bigint, message varchar, seconds double, run_id varchar, as_of date
);
create table if not exists quality.layer_rows (
    layer varchar, table_name varchar, row_count bigint, run_id varchar, as_of date
);
"""

COMMENTS: Mapping[tuple[str, str], tuple[str, Mapping[str, str]]] = {
    ("quality", "layer_runs"): (
        "The last run of each layer. Grain: one row per layer.",
        {
            "layer": "landing, raw, staging, intermediate, core or marts.",
            "run_id": "The run that built the layer last.",
            "as_of": "The last day that exists for that run.",
            "started_at": "When building it began, UTC.",
            "finished_at": "When its checks gave their answer, UTC; null while it is being built.",
            "status": "running, passed or failed. Only a run whose layers all passed is published.",
        },
    ),
    ("quality", "loaded_files"): (
        "Files met in landing: rows read are rows loaded plus rows quarantined. One row per file.",
        {
            "vendor": "Vendor whose format the file has; generic for the canonical one.",
            "source_system": "Folder under landing from which the file came.",
            "entity": "Entity of the file: a canonical one, or one of the vendor's.",
            "file": "Path of the file below landing.",
            "load_id": "Identifier of the load: the same for the same content; null if nothing was loaded.",
            "load_sequence": "Place in the order of delivery; null if nothing was loaded.",
            "status": "loaded, skipped (the same content was loaded before) or unreadable.",
            "rows_read": "Rows in the file.",
            "rows_loaded": "Rows that kept the contract.",
            "rows_quarantined": "Rows that broke the contract and were set aside.",
            "rows_tombstoned": "Keys that the file, a complete list, no longer held.",
            "unknown_columns": "Columns that the contract does not name; their values are kept.",
            "seconds": "Time the load took.",
            "message": "Why the file was skipped or could not be read; null if it was loaded.",
            "loaded_at": "Instant of the run (UTC).",
        },
    ),
    ("quality", "quarantined_values"): (
        "Rows set aside, counted; the values stay private. One row per file, column and reason.",
        {
            "source_system": "Folder under landing from which the file came.",
            "entity": "Canonical entity of the file.",
            "file": "Path of the file below landing.",
            "column": "Column that broke the contract; null if the row itself is broken.",
            "reason": "What is wrong, without the value.",
            "row_count": "Rows of the file with this fault.",
        },
    ),
    ("quality", "identity_blocked_keys"): (
        "Values that are shared by people and so join nobody. One row per value and reason.",
        {
            "kind": "person or account.",
            "key_type": "email, phone, external_id, social_handle or domain.",
            "key_digest": "Digest of the value, which is an identifier itself.",
            "record_count": "Records that hold the value; of one source where the limit blocked it.",
            "reason": "The blocklist's reason, or that the limit was passed.",
        },
    ),
    ("quality", "identity_merges"): (
        "Ids that were given up for an older one when two customers turned out to be one. One row per pair and run.",
        {
            "previous_id": "Id that the records had.",
            "current_id": "Id that they have since.",
            "record_count": "Source records that changed.",
            "assigned_at": "Instant of the run that joined them (UTC).",
        },
    ),
    ("quality", "metric_restatements"): (
        "What a release says otherwise of periods that were over when the release before it was published, and why. One"
        " row per release before, metric, period, dimension, member and currency.",
        {
            "previous_release_id": "The release that said value_before.",
            "found_at": "Instant of the run that found the difference (UTC).",
            "metric": "Metric of marts.metric_definitions.",
            "period_grain": "day, week, month, quarter or year.",
            "period_start": "First day of the period in the reporting time zone.",
            "dimension": "As in marts.metric_values.",
            "dimension_value": "As in marts.metric_values.",
            "currency": "Currency of money; null for other units.",
            "value_before": "The metric as the release before had it; null if it had none.",
            "value_after": "The metric since; null if there is none any more.",
            "change": "value_after minus value_before; null if either is.",
            "n_before": "What stood behind the value then.",
            "n_after": "What stands behind it since.",
            "was_final": "Whether the period was marked as final, so that nothing was awaited any more.",
            "cause": "definition, matured, late_rows, corrected_rows, deleted_rows, identity or other.",
            "rows_changed": "Rows of that cause, of the period if there are any, else of all days; customers for"
            " identity; null for definition, matured and other.",
        },
    ),
    ("quality", "identity_near_misses"): (
        "Pairs of records that are probably one person and were not joined. One row per pair.",
        {
            "left_record_key": "The record that was loaded first, as in core.dim_identity_map.",
            "right_record_key": "The other record.",
            "left_customer_id": "Customer of the first record.",
            "right_customer_id": "Customer of the other one; a row in the seed identity_overrides makes them one.",
            "reason": "Why they were not joined: below the threshold, or what parts them.",
            "probability": "Probability that they are one person, by what they have in common.",
        },
    ),
    ("quality", "identity_conflicts"): (
        "Customers whose contacts contradict each other: perhaps two people. One row per customer and contradiction.",
        {
            "customer_id": "The customer.",
            "conflict": "birth_dates or countries: what there are several of.",
            "value_count": "How many different ones.",
            "record_count": "Contacts that the customer has.",
        },
    ),
    ("quality", "identity_cluster_sizes"): (
        "How many records customers and accounts are made of. One row per kind and size.",
        {
            "kind": "person or account.",
            "record_count": "Source records of each.",
            "cluster_count": "How many customers or accounts have so many.",
        },
    ),
    ("quality", "identity_records_without_keys"): (
        "Records that no key can join to another system's. One row per source and entity.",
        {
            "kind": "person or account.",
            "source_system": "Folder under landing from which the records came.",
            "entity": "contacts, guests or accounts.",
            "record_count": "All records.",
            "without_key_count": "Of these, without an e-mail, phone, handle, domain or id of another system.",
            "only_blocked_key_count": "Of these, with such values, all of which are shared by people.",
        },
    ),
    ("quality", "identity_linkage"): (
        "What the probable stage of identity did in the last run. One row per part, name and level.",
        {
            "part": "setting, parameter, count, m or u (how often records of one person, and of two, agree so).",
            "name": "The setting, parameter or count; for m and u what is compared.",
            "level": "How two records agree, best first; null but for m and u.",
            "value": "Its value; 1 is yes and 0 no. is_learnt 0: too few likely pairs, so m and u are the defaults.",
        },
    ),
    ("quality", "expectation_results"): (
        "What the Great Expectations gates said in the last run. Grain: one row per layer, table and expectation.",
        {
            "layer": "The boundary at which it was checked.",
            "table_name": "The table that was checked.",
            "expectation": "What was expected.",
            "severity": "critical stops the next layer and the publication, warning reports.",
            "success": "Whether it held.",
            "observed": "What was seen, as text; never values of rows.",
            "unexpected_count": "Rows that broke it; null where it is not about rows.",
            "message": "The finding in one sentence; null where it held.",
            "run_id": "The run.",
            "as_of": "The last day that exists for that run.",
        },
    ),
    ("quality", "dbt_test_results"): (
        "What the dbt data tests said in the last run. Grain: one row per test.",
        {
            "layer": "The layer in which it ran.",
            "table_name": "The table that it is about; null where it is about several.",
            "test": "Its name in the dbt project.",
            "severity": "error stops the run, warn reports.",
            "status": "pass, warn, fail, error or skipped.",
            "failures": "Rows that break it; null where it did not run.",
            "message": "The finding in one sentence; empty where it held.",
            "seconds": "Wall time.",
            "run_id": "The run.",
            "as_of": "The last day that exists for that run.",
        },
    ),
    ("quality", "layer_rows"): (
        "Rows per table of the last run. Grain: one row per layer and table.",
        {
            "layer": "The warehouse schema.",
            "table_name": "The table, or in raw the view of its files.",
            "row_count": "Its rows.",
            "run_id": "The run.",
            "as_of": "The last day that exists for that run.",
        },
    ),
}


@dataclass(frozen=True)
class RunStamp:
    """What every row of a run carries: its id, the last day that exists for it, and its instant (UTC)."""

    run_id: str
    as_of: date
    loaded_at: datetime


@contextmanager
def connect(
    warehouse: Path, *, read_only: bool = False, memory_gb: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, closed again on leaving: the next writer needs the file. What needs more than `memory_gb` goes to
    disk; None: 80 % of the machine's memory.
    """
    warehouse.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = duckdb.connect(str(warehouse), read_only=read_only)
    try:
        connection.execute("set TimeZone = 'UTC'")
        if memory_gb:
            connection.execute(f"set memory_limit = '{memory_gb}GB'")
        yield connection
    finally:
        connection.close()


def begin_layer(connection: duckdb.DuckDBPyConnection, layer: str, stamp: RunStamp, *, started_at: datetime) -> None:
    """Mark the layer and those after it as not passed, before anything of it changes."""
    connection.execute(_TABLES)
    later = list(LAYERS[LAYERS.index(layer) :])
    connection.execute("delete from quality.layer_runs where list_contains(?, layer)", [later])
    connection.execute(
        "insert into quality.layer_runs values (?, ?, ?, ?, null, 'running')",
        [layer, stamp.run_id, stamp.as_of, started_at],
    )


def end_layer(connection: duckdb.DuckDBPyConnection, layer: str, *, finished_at: datetime, passed: bool) -> None:
    """Record that a layer that was begun is built and whether its checks held. `finished_at` is an instant in UTC."""
    connection.execute(
        "update quality.layer_runs set finished_at = ?, status = ? where layer = ?",
        [finished_at, "passed" if passed else "failed", layer],
    )


def built_as_of(connection: duckdb.DuckDBPyConnection) -> date:
    """The last day that exists in the warehouse as it was built. Only for a warehouse that may be published."""
    row = connection.execute("select max(as_of) from quality.layer_runs").fetchone()
    if row is None or row[0] is None:
        raise ValueError("No layer has been built.")
    return row[0]


def reason_not_to_publish(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Why the warehouse must not be published, in one sentence; None if every layer of it was built and held."""
    connection.execute(_TABLES)
    status = dict(connection.execute("select layer, status from quality.layer_runs").fetchall())
    for layer in LAYERS:
        match status.get(layer):
            case "passed":
                continue
            case "failed":
                return f"A critical check of layer {layer} failed; mend it and run again."
            case "running":
                return f"Layer {layer} was not finished; run again."
            case _:
                return f"Layer {layer} has not been built since what comes before it changed; run again."
    days = [row[0] for row in connection.execute("select distinct as_of from quality.layer_runs").fetchall()]
    if len(days) > 1:
        return f"The layers are of different days ({', '.join(map(str, sorted(days)))}); run again."
    return None


def record_expectations(
    connection: duckdb.DuckDBPyConnection, layer: str, rows: Iterable[Mapping[str, Any]], stamp: RunStamp
) -> None:
    """Replace the layer's rows of quality.expectation_results."""
    connection.execute(_TABLES)
    columns = ("table", "expectation", "severity", "success", "observed", "unexpected_count", "message")
    values = [[layer, *(_plain(row.get(column)) for column in columns), stamp.run_id, stamp.as_of] for row in rows]
    _replace(connection, "expectation_results", layer, values)


def record_dbt_tests(
    connection: duckdb.DuckDBPyConnection, layer: str, rows: Sequence[Sequence[Any]], stamp: RunStamp
) -> None:
    """Replace the layer's rows of quality.dbt_test_results.

    A row is (table_name, test, severity, status, failures, message, seconds).
    """
    connection.execute(_TABLES)
    _replace(connection, "dbt_test_results", layer, [[layer, *row, stamp.run_id, stamp.as_of] for row in rows])


def record_layer_rows(connection: duckdb.DuckDBPyConnection, stamp: RunStamp) -> dict[str, int]:
    """Count every table of every layer into quality.layer_rows; returns the sum per layer.

    Of the views only those of raw, which are the lake's files: another view has no rows of its own, and to count them
    is to work them out once more.
    """
    connection.execute(_TABLES)
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = current_database()"
        " and table_schema in ('raw', 'staging', 'intermediate', 'core', 'metrics', 'marts')"
        " and (table_type = 'BASE TABLE' or table_schema = 'raw') order by all"
    ).fetchall()
    connection.execute("delete from quality.layer_rows")
    if tables:
        counts = " union all ".join(
            f"select '{schema}', '{table}', count(*) from \"{schema}\".\"{table}\"" for schema, table in tables
        )
        connection.execute(
            f"insert into quality.layer_rows select *, ?, ? from ({counts})", [stamp.run_id, stamp.as_of]
        )
    totals = connection.execute(
        "select layer, sum(row_count)::bigint from quality.layer_rows group by layer"
    ).fetchall()
    return dict(totals)


def _replace(connection: duckdb.DuckDBPyConnection, table: str, layer: str, values: list[list[Any]]) -> None:
    connection.execute("begin")
    connection.execute(f"delete from quality.{table} where layer = ?", [layer])
    if values:
        # One statement: row by row, a thousand results take seconds.
        places = ", ".join(f"({', '.join('?' * len(row))})" for row in values)
        connection.execute(f"insert into quality.{table} values {places}", [item for row in values for item in row])
    connection.execute("commit")


def _plain(value: Any) -> Any:
    """Numbers of numpy and the like as text-safe Python values."""
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
