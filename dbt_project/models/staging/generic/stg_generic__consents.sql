-- Grain: one row per delivered version of a statement of a person about consent.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__consents") }} as new_rows
)

select
    _source_system as source_system,
    contact_id,
    channel,
    purpose,
    granted,
    effective_at,

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
