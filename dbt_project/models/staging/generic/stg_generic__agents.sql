-- Grain: one row per delivered version of an agent and interval of team and role.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__agents") }} as new_rows
)

select
    _source_system as source_system,
    agent_id,
    name,
    email,
    team,
    role,
    shift,
    hourly_cost,
    currency,
    is_bot,
    hired_at,
    left_at,
    valid_from,

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
