-- Grain: one row per delivered version of a product.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__products") }} as new_rows
)

select
    _source_system as source_system,
    product_id,
    name,
    family,
    launched_on,
    list_price,
    unit_cost,
    currency,

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
