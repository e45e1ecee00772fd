-- Grain: one row per delivered version of a satisfaction survey of Freshdesk.

with raw_rows as (

    select * from {{ new_loads("raw", "freshdesk__surveys") }} as new_rows
)

select
    _source_system as source_system,
    id as survey_id,

    title,
    questions,

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
