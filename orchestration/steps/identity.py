"""Who is who: from source records to stable customer and account ids.

Belongs here: normalising phones, linking records by exact keys, connected components, and the id registry of the lake.
Does not belong here: which columns a record has (dbt, `models/intermediate/identity_records`) and what is done with the
answer (dbt, `models/intermediate/identity`). This module knows nothing of the orchestrator.

Reads   intermediate.int_identity_records, intermediate.int_account_records, settings.identity_blocklist
Writes  steps.phone_numbers, steps.identity_keys, steps.identity_clusters, quality.identity_blocked_keys,
        quality.identity_merges, and `lake/identity/registry/*.parquet`

The rules (design, section 6):

* Two records that share a key value are one person; so are records joined through others (connected components).
* A value held by more records of one source than the limit, or matched by the blocklist, is shared by people and joins
  nobody. A null is not a value.
* A record's own id is a digest of its name (source, entity, id). The id of a cluster is the own id of its
  earliest-loaded record, ties by source and id. So a later match, a new source or another row order never renames the
  older customer, and a split leaves the id with that record. `_loaded_at` is one instant per run, so files of one run
  tie.
* The registry is append-only: a row per record and assignment. It keeps first-loaded instants when the lake is
  compacted, and tells merges.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import phonenumbers
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

# A record is said to have matched by the strongest key that it shares with another record of its cluster.
KEY_STRENGTH = ("external_id", "email", "phone", "social_handle", "domain", "merged_into")
# Phones that are parsed before their result is written: Python needs some hundred bytes for each.
_PHONES_AT_ONCE = 100_000

_CLUSTERS_OF_KIND = "select count(distinct cluster_id) from steps.identity_clusters where kind = '{}'"


@dataclass(frozen=True)
class IdentityResult:
    """What one run of the step did, for metadata and logs."""

    records: int
    customers: int
    accounts: int
    blocked_keys: int
    merges: int


def resolve_identities(
    connection: duckdb.DuckDBPyConnection,
    lake: Path,
    *,
    loaded_at: datetime,
    default_country: str = "US",
    max_records_per_key: int = 5,
) -> IdentityResult:
    """Link all source records and write the clusters, the keys and the registry.

    `loaded_at` is the run's instant (UTC), written into the registry; `default_country` (ISO 3166 alpha-2) reads phones
    without a country; `max_records_per_key` is the number of records of one source above which a value is blocked.
    """
    connection.execute("create schema if not exists steps; create schema if not exists quality")
    _write_phone_numbers(connection, default_country)
    _write_keys(connection, max_records_per_key)
    _write_first_loads(connection, lake)
    _write_clusters(connection)
    merges = _append_to_registry(connection, lake, loaded_at)
    return IdentityResult(
        records=_scalar(connection, "select count(*) from steps.identity_clusters"),
        customers=_scalar(connection, _CLUSTERS_OF_KIND.format("person")),
        accounts=_scalar(connection, _CLUSTERS_OF_KIND.format("account")),
        blocked_keys=_scalar(connection, "select count(*) from quality.identity_blocked_keys"),
        merges=merges,
    )


def e164(phone: str, country: str | None, default_country: str) -> str | None:
    """The number in E.164, or None where it cannot be one. Digits of any script are read; extensions are dropped."""
    try:
        parsed = phonenumbers.parse(phone, country or default_country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _write_phone_numbers(connection: duckdb.DuckDBPyConnection, default_country: str) -> None:
    """Parse the phones not parsed before: the library costs microseconds per number, the history would cost minutes."""
    connection.execute(
        "create table if not exists steps.phone_numbers"
        " (phone varchar, country varchar, default_country varchar, e164 varchar)"
    )
    connection.execute(
        """
        create or replace temp table new_phones as
        select distinct records.phone, records.phone_country as country
        from intermediate.int_identity_records as records
        left join steps.phone_numbers as known
            on
                records.phone = known.phone
                and records.phone_country is not distinct from known.country
                and known.default_country = ?
        where records.phone is not null and known.phone is null
        """,
        [default_country],
    )
    for first in range(0, _scalar(connection, "select count(*) from new_phones"), _PHONES_AT_ONCE):
        new = connection.execute(
            "select phone, country from new_phones where rowid >= ? and rowid < ?", [first, first + _PHONES_AT_ONCE]
        ).fetchall()
        parsed = pa.table(
            {
                "phone": pa.array([phone for phone, _ in new], pa.string()),
                "country": pa.array([country for _, country in new], pa.string()),
                "default_country": pa.array([default_country] * len(new), pa.string()),
                "e164": pa.array([e164(phone, country, default_country) for phone, country in new], pa.string()),
            }
        )
        connection.register("parsed_phones", parsed)
        connection.execute("insert into steps.phone_numbers select * from parsed_phones")
        connection.unregister("parsed_phones")
    connection.execute("drop table new_phones")


def _write_keys(connection: duckdb.DuckDBPyConnection, max_records_per_key: int) -> None:
    """steps.identity_keys: one row per record and key value; is_blocked where the value joins nobody."""
    connection.execute(
        f"""
        create or replace temp table all_keys as
        with people as (select * from intermediate.int_identity_records),
        companies as (select * from intermediate.int_account_records),
        keys as (
            select record_key, source_system, entity, 'person' as kind, 'email' as key_type, email as key_value
            from people
            union all
            select people.record_key, people.source_system, people.entity, 'person', 'phone', phones.e164
            from people
            inner join steps.phone_numbers as phones
                on people.phone = phones.phone and people.phone_country is not distinct from phones.country
            union all
            select record_key, source_system, entity, 'person', 'external_id', source_system || ':' || contact_id
            from people where contact_id is not null
            union all
            select record_key, source_system, entity, 'person', 'external_id', pair.key || ':' || pair.value
            from people, {_pairs("external_ids")}
            union all
            select
                record_key, source_system, entity, 'person', 'social_handle',
                lower(pair.key || ':' || ltrim(pair.value, '@'))
            from people, {_pairs("social_handles")}
            union all
            select record_key, source_system, entity, 'person', 'merged_into', source_system || ':' || merged_into_id
            from people where merged_into_id is not null
            union all
            select record_key, source_system, entity, 'account', 'domain', domain from companies
            union all
            select record_key, source_system, entity, 'account', 'external_id', source_system || ':' || source_id
            from companies
            union all
            select record_key, source_system, entity, 'account', 'external_id', pair.key || ':' || pair.value
            from companies, {_pairs("external_ids")}
            union all
            select record_key, source_system, entity, 'account', 'merged_into', source_system || ':' || merged_into_id
            from companies where merged_into_id is not null
        )
        select distinct * from keys where key_value is not null and key_value <> ''
        """
    )
    connection.execute(
        f"""
        create or replace table quality.identity_blocked_keys as
        with holders as (
            select kind, key_type, key_value, source_system, count(*) as record_count
            from all_keys
            where key_type <> 'merged_into' and entity <> 'guests'
            group by all
        ),
        over_used as (
            select kind, key_type, key_value, max(record_count) as record_count
            from holders
            where record_count > ?
            group by all
        ),
        listed as (
            select kind, key_type, key_value, count(*) as record_count, min(reason) as reason
            from ({_keys_on_blocklist(connection)})
            group by all
        )
        select
            kind, key_type, md5(key_value) as key_digest, record_count,
            coalesce(listed.reason, 'held by more records of one source than the limit') as reason
        from over_used
        full outer join listed using (kind, key_type, key_value, record_count)
        """,
        [max_records_per_key],
    )
    connection.execute(
        """
        create or replace table steps.identity_keys as
        select
            all_keys.record_key,
            all_keys.kind,
            all_keys.key_type,
            all_keys.key_value,
            blocked.key_digest is not null as is_blocked
        from all_keys
        left join (select distinct kind, key_type, key_digest from quality.identity_blocked_keys) as blocked
            on
                all_keys.kind = blocked.kind
                and all_keys.key_type = blocked.key_type
                and md5(all_keys.key_value) = blocked.key_digest
        """
    )


def _keys_on_blocklist(connection: duckdb.DuckDBPyConnection) -> str:
    """SQL for the keys that match the blocklist, once per pattern, with its reason.

    A pattern that is a value of a row would be compiled for every key, which was half of the step's time.
    """
    patterns = connection.execute(
        "select key_type, pattern, reason from settings.identity_blocklist where pattern is not null order by all"
    ).fetchall()
    matches = [
        f"""
            select kind, key_type, key_value, {_literal(reason)} as reason
            from all_keys
            where key_type = {_literal(key_type)} and regexp_matches(key_value, {_literal(pattern)})
        """
        for key_type, pattern, reason in patterns
    ]
    nothing = "select kind, key_type, key_value, null::varchar as reason from all_keys where false"
    return " union all ".join([nothing, *matches])


def _literal(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def _pairs(column: str) -> str:
    """SQL for the key-value pairs (`pair.key`, `pair.value`) of a JSON object of scalars; anything else has none."""
    is_object = f"json_valid({column}) and json_type({column}) = 'OBJECT'"
    json_object = f"case when {is_object} then {column}::json else '{{}}'::json end"
    return f"unnest(map_entries(try_cast({json_object} as map(varchar, varchar)))) as entry(pair)"


def _write_first_loads(connection: duckdb.DuckDBPyConnection, lake: Path) -> None:
    """A temporary table of each record's earliest load, from the registry where it knows better than the lake."""
    connection.execute(
        f"""
        create or replace temp table identity_records as
        with registry as ({_registry(lake)}),
        records as (
            select record_key, source_system, entity, source_id, 'person' as kind, first_loaded_at
            from intermediate.int_identity_records
            union all
            select record_key, source_system, entity, source_id, 'account', first_loaded_at
            from intermediate.int_account_records
        ),
        earliest as (select record_key, min(first_loaded_at) as first_loaded_at from registry group by record_key)
        select
            records.record_key,
            records.source_system,
            records.entity,
            records.source_id,
            records.kind,
            least(
                records.first_loaded_at, coalesce(earliest.first_loaded_at, records.first_loaded_at)
            ) as first_loaded_at,
            case records.kind when 'person' then 'c_' else 'a_' end || left(records.record_key, 20) as own_id
        from records
        left join earliest on records.record_key = earliest.record_key
        """
    )


def _write_clusters(connection: duckdb.DuckDBPyConnection) -> None:
    """steps.identity_clusters: one row per record, with its cluster's id and the key by which it belongs there.

    Guests whose every key is blocked are left out: nothing is known of them, so their facts stay with the unknown
    customer. Only numbers leave the database: texts of five million records would be ten gigabytes in Python.
    """
    connection.execute(
        """
        create or replace temp table numbered_records as
        select
            records.*,
            -- By the order of loading within a kind, so that the first of a cluster is its founder.
            row_number() over (order by kind, first_loaded_at, source_system, entity, source_id, record_key) - 1
                as position
        from identity_records as records
        where
            entity <> 'guests'
            or exists (
                select 1 from steps.identity_keys as keys
                where keys.record_key = records.record_key and not keys.is_blocked
            )
        """
    )
    # `merged_into` names another record's own external id: for linking they are one type of key.
    connection.execute(
        """
        create or replace temp table links as
        with keys as (
            select
                record_key, kind, key_type,
                case key_type when 'merged_into' then 'external_id' else key_type end as link_type,
                key_value
            from steps.identity_keys
            where not is_blocked
        ),
        shared as (
            select kind, link_type, key_value, row_number() over () - 1 as link
            from keys
            group by kind, link_type, key_value
            having count(distinct record_key) > 1
        )
        select records.position, keys.key_type, shared.link
        from keys
        inner join shared using (kind, link_type, key_value)
        inner join numbered_records as records on keys.record_key = records.record_key
        """
    )
    connection.register("founders", _founders(connection))
    connection.execute(
        """
        create or replace table steps.identity_clusters as
        with rules as (
            select position, arg_min(key_type, list_position(?::varchar[], key_type)) as match_rule
            from links
            group by position
        )
        select
            records.record_key,
            records.kind,
            records.source_system,
            records.entity,
            records.source_id,
            founding.own_id as cluster_id,
            coalesce(rules.match_rule, 'only_record') as match_rule,
            1.0::double as confidence,
            records.first_loaded_at
        from numbered_records as records
        inner join founders on records.position = founders.position
        inner join numbered_records as founding on founders.founder = founding.position
        left join rules on records.position = rules.position
        """,
        [list(KEY_STRENGTH)],
    )
    connection.unregister("founders")
    connection.execute("drop table numbered_records; drop table links")


def _founders(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The position of each record, and that of the first one to which links lead."""
    size = _scalar(connection, "select count(*) from numbered_records")
    found = connection.execute("select position::integer as position, link::integer as link from links").fetchnumpy()
    rows, columns = np.asarray(found["position"]), np.asarray(found["link"]) + size
    nodes = int(columns.max()) + 1 if len(columns) else size
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(nodes, nodes))
    labels = connected_components(graph, directed=False)[1][:size] if size else np.array([], dtype=int)
    _, firsts, membership = np.unique(labels, return_index=True, return_inverse=True)
    return pa.table({"position": np.arange(size), "founder": firsts[membership] if size else np.array([], dtype=int)})


def _append_to_registry(connection: duckdb.DuckDBPyConnection, lake: Path, loaded_at: datetime) -> int:
    """Write records that are new or whose cluster changed; return how many ids were merged into older ones."""
    connection.execute(
        f"""
        create or replace temp table registry_changes as
        with registry as ({_registry(lake)}),
        latest as (
            select record_key, max_by(cluster_id, assigned_at) as cluster_id
            from registry
            group by record_key
        )
        select
            clusters.record_key, clusters.cluster_id, latest.cluster_id as previous_cluster_id,
            clusters.first_loaded_at,
            -- Assignments are in the order of their instants, also if the clock was set back.
            greatest(
                ?::timestamptz, (select max(assigned_at) + interval 1 microsecond from registry)
            ) as assigned_at
        from steps.identity_clusters as clusters
        left join latest on clusters.record_key = latest.record_key
        where latest.cluster_id is distinct from clusters.cluster_id
        """,
        [loaded_at],
    )
    row = connection.execute("select max(assigned_at) at time zone 'UTC' from registry_changes").fetchone()
    if row and row[0]:
        folder = lake / "identity" / "registry"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / f"{row[0]:%Y%m%dT%H%M%S%f}.parquet"
        aside = target.with_suffix(".tmp")
        connection.execute(
            f"""
            copy (
                select record_key, cluster_id, first_loaded_at, assigned_at
                from registry_changes
                order by record_key
            ) to {str(aside)!r} (format parquet)
            """
        )
        aside.chmod(0o600)
        os.replace(aside, target)
    connection.execute(
        f"""
        create or replace table quality.identity_merges as
        with registry as ({_registry(lake)}),
        assignments as (
            select
                record_key, cluster_id, assigned_at,
                lag(cluster_id) over (partition by record_key order by assigned_at) as previous_id
            from registry
        )
        select previous_id, cluster_id as current_id, count(*) as record_count, assigned_at
        from assignments
        where previous_id <> cluster_id
        group by previous_id, cluster_id, assigned_at
        """
    )
    return _scalar(
        connection,
        "select count(distinct previous_cluster_id) from registry_changes where previous_cluster_id is not null",
    )


def _registry(lake: Path) -> str:
    """A query of all assignments so far: record_key, cluster_id, first_loaded_at, assigned_at."""
    files = sorted(str(path) for path in (lake / "identity" / "registry").glob("*.parquet"))
    if files:
        return f"select * from read_parquet({files!r})"
    columns = {
        "record_key": "varchar",
        "cluster_id": "varchar",
        "first_loaded_at": "timestamptz",
        "assigned_at": "timestamptz",
    }
    return f"select {', '.join(f'null::{kind} as {name}' for name, kind in columns.items())} where false"


def _scalar(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


__all__ = ["IdentityResult", "e164", "resolve_identities"]
