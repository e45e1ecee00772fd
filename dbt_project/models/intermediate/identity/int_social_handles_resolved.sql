-- Grain: one row per name on a social network that a contact gives as its own; the customer it means.
-- A name that joins nobody, because too many share it, means nobody here either.

with keys as (

    select *
    from {{ source("steps", "identity_keys") }}
    where
        kind = 'person'
        and key_type = 'social_handle'
        and not is_blocked
),

clusters as (

    select *
    from {{ source("steps", "identity_clusters") }}
    where kind = 'person'
),

int_social_handles_resolved as (

    select
        keys.key_value as social_handle,
        min(clusters.cluster_id) as customer_id
    from keys
    inner join clusters on keys.record_key = clusters.record_key
    group by keys.key_value
)

select * from int_social_handles_resolved
