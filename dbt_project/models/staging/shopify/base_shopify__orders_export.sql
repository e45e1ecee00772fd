-- Grain: one row per row of an export of orders of Shopify: a line, and the order on its first.

with raw_rows as (

    select * from {{ new_loads("raw", "shopify__orders_export") }} as new_rows
)

select
    _source_system as source_system,
    id as order_id,
    name as order_name,

    email,
    phone,
    lower(financial_status) as financial_status,
    source as source_name,
    upper(currency) as currency,
    lineitem_name,
    lineitem_sku,

    subtotal,
    shipping,
    taxes,
    duties,
    total,
    discount_amount,
    refunded_amount,
    lineitem_quantity,
    lineitem_price,
    lineitem_discount,

    {{ shopify_instant("created_at") }} as created_at,
    {{ shopify_instant("cancelled_at") }} as cancelled_at,

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
