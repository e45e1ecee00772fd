-- Grain: one row per delivered version of a line of a cart.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__cart_lines") }} as new_rows
)

select
    _source_system as source_system,
    cart_id,
    line_number,
    product_id,
    quantity,
    unit_price,

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
