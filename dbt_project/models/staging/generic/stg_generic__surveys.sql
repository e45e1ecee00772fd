-- Grain: one row per delivered version of a survey.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__surveys") }} as new_rows
)

select
    _source_system as source_system,
    survey_id,
    name,
    programme,
    method,
    department,
    touchpoint,
    owner,

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
