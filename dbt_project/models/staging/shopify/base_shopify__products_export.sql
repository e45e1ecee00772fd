-- Grain: one row per row of an export of products of Shopify: a variant, or another picture.

with raw_rows as (

    select * from {{ new_loads("raw", "shopify__products_export") }} as new_rows
)

select
    _source_system as source_system,
    handle,

    title,
    type as product_type,
    option1_value,
    option2_value,
    option3_value,
    variant_sku as sku,

    variant_price as price,
    cost_per_item,

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
