-- Grain: one row per delivered version of a follow-up case.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__cases") }} as new_rows
)

select
    _source_system as source_system,
    case_id,
    source_type,
    source_id,
    owner,
    team,
    reason,
    created_at,
    first_contacted_at,
    closed_at,
    outcome,

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
