-- Grain: one row per delivered version of a goal.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__goals") }} as new_rows
)

select
    _source_system as source_system,
    goal_id,
    name,
    priority,
    starts_on,
    metric,
    target_value,
    baseline_value,
    owner,
    due_on,

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
