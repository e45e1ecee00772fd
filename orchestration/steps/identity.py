"""Who is who: from source records to stable customer and account ids.

Belongs here: normalising phones, linking records by exact keys, connected components, and the id registry of the lake.
Does not belong here: which records without a common key are one person (`orchestration.steps.linkage`), what the
answer looks like to who checks it (`orchestration.steps.identity_audit`), which columns a record has (dbt,
`models/intermediate/identity_records`) and what is done with the answer (dbt, `models/intermediate/identity`). This
module knows nothing of the orchestrator.

Reads   intermediate.int_identity_records, intermediate.int_account_records, settings.identity_blocklist,
        settings.identity_overrides
Writes  steps.phone_numbers, steps.identity_keys, steps.identity_clusters, quality.identity_blocked_keys,
        quality.identity_merges, the tables of the audit, `lake/identity/registry/*.parquet`, and what
        `orchestration.steps.linkage_memory` keeps

The rules (design, section 6):

* Two records that share a key value are one person; so are records joined through others (connected components).
* Then records that are most likely one person, people only, never companies.
* Two records that the seed says cannot be one never are: of the links between them the weakest give way.
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
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from orchestration.steps import identity_audit, linkage
from orchestration.steps.linkage import LinkageSettings, Model
from orchestration.steps.linkage_memory import LinkageMemory

# A record is said to have matched by the strongest key that it shares with another record of its cluster.
KEY_STRENGTH = ("must_link", "external_id", "email", "phone", "social_handle", "domain", "merged_into")
# Phones that are parsed before their result is written: Python needs some hundred bytes for each.
_PHONES_AT_ONCE = 100_000

# More records than these with one key are tied to the first and to the next only, where links have to give way.
_MEMBERS_TIED_TO_ALL = 200

Positions = npt.NDArray[np.int64]

_CLUSTERS_OF_KIND = "select count(distinct cluster_id) from steps.identity_clusters where kind = '{}'"


@dataclass(frozen=True)
class IdentityResult:
    """What one run of the step did, for metadata and logs."""

    records: int
    customers: int
    accounts: int
    blocked_keys: int
    merges: int
    probable_links: int


def resolve_identities(
    connection: duckdb.DuckDBPyConnection,
    lake: Path,
    *,
    loaded_at: datetime,
    default_country: str = "US",
    max_records_per_key: int = 5,
    linkage_settings: LinkageSettings | None = None,
) -> IdentityResult:
    """Link all source records and write the clusters, the keys and the registry.

    `loaded_at` is the run's instant (UTC), written into the registry; `default_country` (ISO 3166 alpha-2) reads phones
    without a country; `max_records_per_key` is the number of records of one source above which a value is blocked;
    `linkage_settings` say which records without a common key are one person.
    """
    settings = linkage_settings or LinkageSettings()
    connection.execute("create schema if not exists steps; create schema if not exists quality")
    _write_phone_numbers(connection, default_country)
    _write_keys(connection, max_records_per_key)
    _write_first_loads(connection, lake)
    _number_records(connection)
    _write_exact_clusters(connection)
    model = linkage.write_probable_links(connection, LinkageMemory(lake), settings)
    _write_clusters(connection, model)
    merges = _append_to_registry(connection, lake, loaded_at)
    identity_audit.write_audit(connection, settings, model)
    return IdentityResult(
        records=_scalar(connection, "select count(*) from steps.identity_clusters"),
        customers=_scalar(connection, _CLUSTERS_OF_KIND.format("person")),
        accounts=_scalar(connection, _CLUSTERS_OF_KIND.format("account")),
        blocked_keys=_scalar(connection, "select count(*) from quality.identity_blocked_keys"),
        merges=merges,
        probable_links=_scalar(connection, "select count(*) from scored_pairs where is_link"),
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


def _number_records(connection: duckdb.DuckDBPyConnection) -> None:
    """numbered_records: the records that are clustered, with a position by the order of loading within a kind.

    Guests whose every key is blocked are left out: nothing is known of them, so their facts stay with the unknown
    customer.
    """
    connection.execute(
        """
        create or replace temp table numbered_records as
        select
            records.*,
            -- So the first of a cluster is its founder.
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
    connection.execute(
        """
        create or replace temp table overrides as
        select
            overrides.rule,
            lefts.position as left_position,
            rights.position as right_position,
            row_number() over (order by lefts.position, rights.position, overrides.rule) as override
        from settings.identity_overrides as overrides
        inner join numbered_records as lefts
            on
                overrides.entity = lefts.entity
                and overrides.left_source_system = lefts.source_system
                and overrides.left_source_id = lefts.source_id
        inner join numbered_records as rights
            on
                overrides.entity = rights.entity
                and overrides.right_source_system = rights.source_system
                and overrides.right_source_id = rights.source_id
        where lefts.position <> rights.position
        """
    )


def _write_exact_clusters(connection: duckdb.DuckDBPyConnection) -> None:
    """exact_clusters: of each record the first one to which shared keys lead. Only numbers leave the database: texts
    of five million records would be ten gigabytes in Python.
    """
    # `merged_into` names another record's own external id: for linking they are one type of key.
    connection.execute(
        """
        create or replace temp table links as
        with keys as (
            select
                records.position, keys.kind, keys.key_type,
                case keys.key_type when 'merged_into' then 'external_id' else keys.key_type end as link_type,
                keys.key_value
            from steps.identity_keys as keys
            inner join numbered_records as records on keys.record_key = records.record_key
            where not keys.is_blocked
            union all
            select
                unnest([left_position, right_position]), 'override', 'must_link', 'must_link', override::varchar
            from overrides
            where rule = 'must_link'
        ),
        shared as (
            select kind, link_type, key_value, row_number() over () - 1 as link
            from keys
            group by kind, link_type, key_value
            having count(distinct position) > 1
        )
        select keys.position, keys.key_type, shared.link
        from keys
        inner join shared using (kind, link_type, key_value)
        """
    )
    size = _scalar(connection, "select count(*) from numbered_records")
    found = connection.execute(
        "select position::bigint as position, link::bigint as link,"
        " list_position(?::varchar[], key_type)::bigint as strength from links",
        [list(KEY_STRENGTH)],
    ).fetchnumpy()
    rows, keys = np.asarray(found["position"]), np.asarray(found["link"])
    labels = _labels(size + (int(keys.max()) + 1 if len(keys) else 0), rows, keys + size)[:size]
    apart = _pairs_of(connection, "select left_position, right_position from overrides where rule = 'cannot_link'")
    torn = np.unique(labels[apart[0]][labels[apart[0]] == labels[apart[1]]])
    founders = _firsts(labels)
    if len(torn):
        inside = np.isin(labels[rows], torn)
        edges = _ties(rows[inside], keys[inside], np.asarray(found["strength"])[inside])
        founders = _without_pairs(founders, edges, np.isin(labels, torn), apart)
    connection.register("found_clusters", pa.table({"position": np.arange(size), "founder": founders}))
    connection.execute(
        """
        create or replace temp table exact_clusters as
        select records.record_key, records.position, found_clusters.founder
        from numbered_records as records
        inner join found_clusters on records.position = found_clusters.position
        """
    )
    connection.unregister("found_clusters")


def _write_clusters(connection: duckdb.DuckDBPyConnection, model: Model | None) -> None:
    """steps.identity_clusters: one row per record, with its cluster's id and why it belongs there.

    Exact clusters that probable links join are one customer, unless two records in it are told apart. A record is there
    by its strongest key within the cluster; where its exact cluster is not that of the founder, by the best probable
    link.
    """
    size = _scalar(connection, "select count(*) from numbered_records")
    connection.execute(
        """
        create or replace temp table probable_edges as
        select
            least(lefts.founder, rights.founder) as left_founder,
            greatest(lefts.founder, rights.founder) as right_founder,
            max(pairs.probability) as probability
        from scored_pairs as pairs
        inner join exact_clusters as lefts on pairs.left_position = lefts.position
        inner join exact_clusters as rights on pairs.right_position = rights.position
        where pairs.is_link and lefts.founder <> rights.founder
        group by all
        """
    )
    lefts, rights = _pairs_of(
        connection,
        "select left_founder, right_founder from probable_edges order by probability desc, left_founder, right_founder",
    )
    labels = _labels(size, lefts, rights)
    founders = _firsts(labels)
    if model and len(lefts):
        connection.register("joined", pa.table({"founder": np.arange(size), "component": founders}))
        linkage.write_apart_pairs(connection, "joined", model)
        connection.unregister("joined")
        apart = _pairs_of(
            connection,
            """
            select distinct lefts.founder as left_founder, rights.founder as right_founder
            from (
                select left_position, right_position from apart_pairs
                union all
                select left_position, right_position from overrides where rule = 'cannot_link'
            ) as pairs
            inner join exact_clusters as lefts on pairs.left_position = lefts.position
            inner join exact_clusters as rights on pairs.right_position = rights.position
            where lefts.founder <> rights.founder
            """,
        )
        torn = np.unique(labels[apart[0]][labels[apart[0]] == labels[apart[1]]])
        if len(torn):
            inside = np.isin(labels[lefts], torn)
            edges = zip(lefts[inside].tolist(), rights[inside].tolist(), strict=True)
            founders = _without_pairs(founders, edges, np.isin(labels, torn), apart)
    connection.register("founders", pa.table({"founder": np.arange(size), "customer": founders}))
    connection.execute(
        """
        create or replace table steps.identity_clusters as
        with customers as (
            select exact_clusters.position, exact_clusters.founder, founders.customer
            from exact_clusters
            inner join founders on exact_clusters.founder = founders.founder
        ),
        members as (
            select links.*, customers.founder, count(distinct links.position) over (
                partition by links.link, customers.founder
            ) as sharing
            from links
            inner join customers on links.position = customers.position
        ),
        rules as (
            select position, arg_min(key_type, list_position(?::varchar[], key_type)) as match_rule
            from members
            where sharing > 1
            group by position
        ),
        probable as (
            select edges.founder, max(edges.probability) as probability
            from (
                select left_founder as founder, right_founder as other, probability from probable_edges
                union all
                select right_founder, left_founder, probability from probable_edges
            ) as edges
            inner join founders on edges.founder = founders.founder
            inner join founders as others on edges.other = others.founder
            where founders.customer = others.customer
            group by edges.founder
        )
        select
            records.record_key,
            records.kind,
            records.source_system,
            records.entity,
            records.source_id,
            founding.own_id as cluster_id,
            case
                when customers.founder <> customers.customer then 'probable_match'
                when rules.match_rule is not null then rules.match_rule
                when probable.probability is not null then 'probable_match'
                else 'only_record'
            end as match_rule,
            case
                when customers.founder <> customers.customer or rules.match_rule is null
                    then coalesce(probable.probability, 1.0)
                else 1.0
            end::double as confidence,
            records.first_loaded_at
        from numbered_records as records
        inner join customers on records.position = customers.position
        inner join numbered_records as founding on customers.customer = founding.position
        left join rules on records.position = rules.position
        left join probable on customers.founder = probable.founder
        """,
        [list(KEY_STRENGTH)],
    )
    connection.unregister("founders")


def _labels(size: int, lefts: Positions, rights: Positions) -> Positions:
    """Of each node the number of its connected component."""
    graph = coo_array((np.ones(len(lefts), dtype=np.int8), (lefts, rights)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1] if size else [], dtype=np.int64)


def _firsts(labels: Positions) -> Positions:
    """Of each node the first node of its component."""
    if not len(labels):
        return labels
    _, firsts, membership = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(firsts[membership], dtype=np.int64)


def _ties(rows: Positions, keys: Positions, strengths: Positions) -> list[tuple[int, int]]:
    """Pairs of records that share a key, those of the strongest key first."""
    members: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row, key, strength in zip(rows.tolist(), keys.tolist(), strengths.tolist(), strict=True):
        members[key].append((row, strength))
    found: dict[tuple[int, int], int] = {}
    for sharing in members.values():
        sharing.sort()
        for place, (row, strength) in enumerate(sharing):
            others = sharing[place + 1 :]
            if len(sharing) > _MEMBERS_TIED_TO_ALL:
                others = others if place == 0 else others[:1]
            for other, other_strength in others:
                if other != row:
                    weaker = max(strength, other_strength)
                    found[row, other] = min(weaker, found.get((row, other), weaker))
    return sorted(found, key=lambda pair: (found[pair], pair))


def _without_pairs(
    founders: Positions,
    edges: Iterable[tuple[int, int]],
    torn: npt.NDArray[np.bool_],
    apart: tuple[Positions, Positions],
) -> Positions:
    """The founders of components that hold a pair that must be apart, made anew: edges are taken in their order, but
    for those that would join such a pair.
    """
    root = {node: node for node in np.flatnonzero(torn).tolist()}
    members = {node: [node] for node in root}
    strangers: dict[int, set[int]] = defaultdict(set)
    for left, right in zip(apart[0].tolist(), apart[1].tolist(), strict=True):
        if left in root and right in root:
            strangers[left].add(right)
            strangers[right].add(left)
    for left, right in edges:
        kept, given_up = sorted((root[left], root[right]))
        if kept == given_up or not strangers[kept].isdisjoint(members[given_up]):
            continue
        for node in members[given_up]:
            root[node] = kept
        members[kept] += members.pop(given_up)
        strangers[kept] |= strangers.pop(given_up, set())
    result = founders.copy()
    for node, first in root.items():
        result[node] = first
    return result


def _pairs_of(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Positions, Positions]:
    found = connection.execute(query).fetchnumpy()
    lefts, rights = found.values()
    return np.asarray(lefts, dtype=np.int64), np.asarray(rights, dtype=np.int64)


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
