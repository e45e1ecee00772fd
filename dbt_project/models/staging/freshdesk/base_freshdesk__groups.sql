-- Grain: one row per delivered version of a group of agents of Freshdesk.

with raw_rows as (

    select * from {{ new_loads("raw", "freshdesk__groups") }} as new_rows
)

select
    _source_system as source_system,
    id as group_id,

    name,

    created_at,

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
