-- Grain: one row per source record that is a person (contacts, and guests known by an e-mail or phone only).
-- A guest's source_id is a digest: the address itself is a direct identifier and stays out of what is published.

with clusters as (

    select *
    from {{ source("steps", "identity_clusters") }}
    where kind = 'person'
),

keys as (

    select
        record_key,
        bool_or(is_blocked) as has_blocked_key
    from {{ source("steps", "identity_keys") }}
    where kind = 'person'
    group by record_key
),

dim_identity_map as (

    select
        clusters.record_key,
        clusters.cluster_id as customer_id,
        clusters.source_system,
        clusters.entity,
        clusters.source_id,

        clusters.match_rule,

        cast(clusters.confidence as double) as confidence,

        coalesce(keys.has_blocked_key, false) as has_blocked_key,

        clusters.first_loaded_at
    from clusters
    left join keys on clusters.record_key = keys.record_key
)

select * from dim_identity_map
