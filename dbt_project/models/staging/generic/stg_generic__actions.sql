-- Grain: one row per delivered version of a action.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__actions") }} as new_rows
)

select
    _source_system as source_system,
    action_id,
    goal_id,
    name,
    owner,
    department,
    process_code,
    priority,
    cost,
    currency,
    due_on,
    done_on,
    status,

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
