-- Grain: one row per delivered version of a case of Sprout.

with raw_rows as (

    select * from {{ new_loads("raw", "sprout__cases") }} as new_rows
)

select
    _source_system as source_system,
    case_id,
    queue_id,
    messages,
    created_time,
    type,
    status,
    assigned_to,
    last_closed_time,

    coalesce(updated_at, updated_time) as updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
