-- Grain: one row per order in an export of orders of Shopify.
-- Only the first row of an order has what belongs to the order. No column says whether prices include tax: they do if
-- the total is less than the parts with the tax would be. The tax on shipping is then taken to be at the same rate.

{{ config(materialized="view") }}

with orders as (

    select
        *,
        coalesce(total - coalesce(duties, 0) < subtotal + coalesce(shipping, 0) + coalesce(taxes, 0), false)
            as has_tax_included
    from {{ ref("base_shopify__orders_export") }}
    where subtotal is not null
),

untaxed_shares as (

    select
        *,
        case
            when has_tax_included
                then coalesce(1 - {{ safe_divide("taxes", "subtotal + coalesce(shipping, 0)") }}, 1)
            else 1
        end as untaxed_share
    from orders
)

select
    source_system,
    coalesce(order_id, order_name) as order_id,
    order_name,

    email,
    phone,
    financial_status,
    source_name,
    currency,

    subtotal,
    untaxed_share,
    {{ money("(subtotal + coalesce(discount_amount, 0)) * untaxed_share") }} as gross_amount,
    {{ money("coalesce(discount_amount, 0) * untaxed_share") }} as discount_amount,
    taxes as tax_amount,
    {{ money("coalesce(shipping, 0) * untaxed_share") }} as shipping_amount,
    {{ money("subtotal * untaxed_share") }} as net_amount,
    {{ money("refunded_amount * " ~ safe_divide("subtotal * untaxed_share", "total")) }} as refunded_amount,

    created_at as ordered_at,
    cancelled_at,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from untaxed_shares
