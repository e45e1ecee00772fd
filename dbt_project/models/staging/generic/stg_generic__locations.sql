-- Grain: one row per delivered version of a location.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__locations") }} as new_rows
)

select
    _source_system as source_system,
    location_id,
    name,
    type,
    country,
    region,
    city,
    latitude,
    longitude,
    opened_on,
    closed_on,

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
