-- Grain: one row per delivered version of a request for a feature.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__feature_requests") }} as new_rows
)

select
    _source_system as source_system,
    request_id,
    title,
    product_id,
    status,
    shipped_on,

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
