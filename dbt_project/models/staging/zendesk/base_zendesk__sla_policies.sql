-- Grain: one row per delivered version of a service level policy of Zendesk.

with raw_rows as (

    select * from {{ new_loads("raw", "zendesk__sla_policies") }} as new_rows
)

select
    _source_system as source_system,
    id as policy_id,

    title,
    policy_metrics,

    created_at,

    updated_at,
    coalesce(is_deleted, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
