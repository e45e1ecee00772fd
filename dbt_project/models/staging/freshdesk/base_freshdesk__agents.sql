-- Grain: one row per delivered version of an agent of Freshdesk.

with raw_rows as (

    select * from {{ new_loads("raw", "freshdesk__agents") }} as new_rows
)

select
    _source_system as source_system,
    id as agent_id,

    {{ json_text("contact", "name") }} as name,
    {{ json_text("contact", "email") }} as email,
    type,
    group_ids,

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
