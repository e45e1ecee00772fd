-- Grain: one row per account of a source system; the durable account it belongs to.

with clusters as (

    select *
    from {{ source("steps", "identity_clusters") }}
    where kind = 'account'
),

int_accounts_resolved as (

    select
        source_system,
        source_id as source_account_id,

        cluster_id as account_id,
        match_rule
    from clusters
)

select * from int_accounts_resolved
