-- Grain: one row per delivered version of a day on which a person or an account used a product.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__product_usage") }} as new_rows
)

select
    _source_system as source_system,
    account_id,
    contact_id,
    product_id,
    usage_date,
    active_events,
    seats_used,

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
