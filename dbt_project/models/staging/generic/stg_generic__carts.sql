-- Grain: one row per delivered version of a cart.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__carts") }} as new_rows
)

select
    _source_system as source_system,
    cart_id,
    contact_id,
    email,
    device,
    touchpoint,
    created_at,
    value,
    currency,
    order_id,
    ordered_at,

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
