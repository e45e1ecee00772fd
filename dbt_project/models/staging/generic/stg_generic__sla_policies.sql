-- Grain: one row per delivered version of a target of a service level policy.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__sla_policies") }} as new_rows
)

select
    _source_system as source_system,
    policy_id,
    metric,
    priority,
    target_minutes,
    hours,
    valid_from,
    valid_to,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
