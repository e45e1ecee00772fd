"""What the identity step did, in tables of schema quality for who checks it: near misses, conflicts, sizes.

Belongs here: the tables and what their columns mean. When a finding stops a run is the gates' business
(`expectations/suites/core/dim_identity_map.yml`). No value of a record is in them: they are published.
"""

from __future__ import annotations

from dataclasses import asdict

import duckdb
import pyarrow as pa

from orchestration.steps.linkage import SETTINGS, LinkageSettings, Model


def write_audit(connection: duckdb.DuckDBPyConnection, settings: LinkageSettings, model: Model | None) -> None:
    """Write the audit tables from steps.identity_clusters and the temporary tables of the step."""
    _write_near_misses(connection)
    _write_conflicts(connection)
    _write_cluster_sizes(connection)
    _write_records_without_keys(connection)
    _write_linkage(connection, settings, model)


def _write_near_misses(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        create or replace table quality.identity_near_misses as
        select
            lefts.record_key as left_record_key,
            rights.record_key as right_record_key,
            left_clusters.cluster_id as left_customer_id,
            right_clusters.cluster_id as right_customer_id,
            coalesce(pairs.refused_because, 'a record of the one customer cannot be the other') as reason,
            pairs.probability
        from scored_pairs as pairs
        inner join numbered_records as lefts on pairs.left_position = lefts.position
        inner join numbered_records as rights on pairs.right_position = rights.position
        inner join steps.identity_clusters as left_clusters on lefts.record_key = left_clusters.record_key
        inner join steps.identity_clusters as right_clusters on rights.record_key = right_clusters.record_key
        where left_clusters.cluster_id <> right_clusters.cluster_id
        """
    )


def _write_conflicts(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        create or replace table quality.identity_conflicts as
        with customers as (
            select
                clusters.cluster_id as customer_id,
                count(*) as record_count,
                count(distinct records.birth_date) as birth_dates,
                count(distinct records.phone_country) as countries
            from steps.identity_clusters as clusters
            inner join intermediate.int_identity_records as records on clusters.record_key = records.record_key
            where records.entity = 'contacts'
            group by clusters.cluster_id
        )
        select customer_id, 'birth_dates' as conflict, birth_dates as value_count, record_count
        from customers where birth_dates > 1
        union all
        select customer_id, 'countries', countries, record_count
        from customers where countries > 1
        """
    )


def _write_cluster_sizes(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        create or replace table quality.identity_cluster_sizes as
        with clusters as (
            select kind, cluster_id, count(*) as record_count from steps.identity_clusters group by kind, cluster_id
        )
        select kind, record_count, count(*) as cluster_count from clusters group by kind, record_count
        """
    )


def _write_records_without_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """A record's own id in its source is no key here: every record has one, and it joins nobody."""
    connection.execute(
        """
        create or replace table quality.identity_records_without_keys as
        with keys as (
            select keys.record_key, bool_and(keys.is_blocked) as is_blocked
            from steps.identity_keys as keys
            inner join identity_records as records on keys.record_key = records.record_key
            where
                keys.key_type <> 'external_id'
                or keys.key_value <> records.source_system || ':' || records.source_id
            group by keys.record_key
        )
        select
            records.kind,
            records.source_system,
            records.entity,
            count(*) as record_count,
            count(*) filter (keys.record_key is null) as without_key_count,
            count(*) filter (keys.is_blocked) as only_blocked_key_count
        from identity_records as records
        left join keys on records.record_key = keys.record_key
        group by records.kind, records.source_system, records.entity
        """
    )


def _write_linkage(connection: duckdb.DuckDBPyConnection, settings: LinkageSettings, model: Model | None) -> None:
    rows: list[tuple[str, str, str | None, float]] = [
        ("setting", SETTINGS[name], None, float(value)) for name, value in asdict(settings).items()
    ]
    if model:
        rows += [
            ("parameter", "is_learnt", None, float(model.is_learnt)),
            ("parameter", "given_name_may_differ", None, float(model.given_may_differ)),
            ("parameter", "birth_date_may_differ", None, float(model.born_may_differ)),
            ("parameter", "probability_two_records_match", None, model.prior),
            ("count", "records_compared", None, float(model.records)),
            ("count", "likely_pairs", None, float(model.likely_pairs)),
        ]
        for comparison in model.settings["comparisons"]:
            for level in comparison["comparison_levels"]:
                if not level.get("is_null_level"):
                    name, condition = comparison["output_column_name"], level["sql_condition"]
                    rows.append(("m", name, condition, level["m_probability"]))
                    rows.append(("u", name, condition, level["u_probability"]))
    columns = list(zip(*rows, strict=True))
    connection.register(
        "linkage_rows",
        pa.table(
            {
                "part": pa.array(columns[0], pa.string()),
                "name": pa.array(columns[1], pa.string()),
                "level": pa.array(columns[2], pa.string()),
                "value": pa.array(columns[3], pa.float64()),
            }
        ),
    )
    connection.execute(
        """
        create or replace table quality.identity_linkage as
        select part, name, level, value from linkage_rows
        union all
        select 'count', 'pairs_scored_as_near_misses_or_links', null, count(*)::double from scored_pairs
        union all
        select 'count', 'probable_links', null, count(*)::double from scored_pairs where is_link
        union all
        select 'count', 'refused: ' || refused_because, null, count(*)::double
        from scored_pairs where not is_link group by refused_because
        """
    )
    connection.unregister("linkage_rows")
