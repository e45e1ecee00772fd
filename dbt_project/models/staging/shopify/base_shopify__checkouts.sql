-- Grain: one row per delivered version of a checkout of Shopify that was left.

with raw_rows as (

    select * from {{ new_loads("raw", "shopify__checkouts") }} as new_rows
)

select
    _source_system as source_system,
    id as checkout_id,
    {{ json_text("customer", "id") }} as customer_id,

    email,
    upper(presentment_currency) as currency,
    line_items,

    subtotal_price,

    coalesce(taxes_included, false) as taxes_included,

    created_at,
    completed_at,

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
