-- Grain: one row per delivered version of a product of Stripe.

with raw_rows as (

    select * from {{ new_loads("raw", "stripe__products") }} as new_rows
)

select
    _source_system as source_system,
    id as product_id,
    default_price as default_price_id,

    name,

    coalesce(updated_at, updated) as updated_at,
    coalesce(is_deleted, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
