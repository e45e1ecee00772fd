-- Grain: one row per delivered version of a checkout of Shopify that was left.
-- The amounts are in the currency in which the customer saw them. The order that came of it names its checkout.

{{ config(materialized="view") }}

with checkouts as (

    select * from {{ ref("base_shopify__checkouts") }}
),

orders as (

    select
        source_system,
        checkout_id,
        min(order_id) as order_id
    from {{ ref("base_shopify__orders") }}
    where checkout_id is not null
    group by source_system, checkout_id
),

lines as (

    select
        source_system,
        _load_sequence,
        _row_number,
        {{ each_json_element("line_items") }} as line
    from checkouts
),

taxes as (

    select
        source_system,
        _load_sequence,
        _row_number,
        sum({{ json_money_sum(json_part("line", "tax_lines"), "price") }}) as tax
    from lines
    group by source_system, _load_sequence, _row_number
)

select
    checkouts.source_system,
    checkouts.checkout_id as cart_id,
    checkouts.customer_id as contact_id,
    checkouts.email,
    checkouts.created_at,
    {{ money(
        "checkouts.subtotal_price - case when checkouts.taxes_included then coalesce(taxes.tax, 0) else 0 end"
    ) }} as value,
    checkouts.currency,
    orders.order_id,
    checkouts.completed_at as ordered_at,

    checkouts.updated_at,
    checkouts.is_deleted,

    checkouts._load_id,
    checkouts._load_sequence,
    checkouts._loaded_at,
    checkouts._file,
    checkouts._row_number,
    checkouts._extra,
    checkouts._is_tombstone
from checkouts
left join orders
    on
        checkouts.source_system = orders.source_system
        and checkouts.checkout_id = orders.checkout_id
left join taxes
    on
        checkouts.source_system = taxes.source_system
        and checkouts._load_sequence = taxes._load_sequence
        and checkouts._row_number = taxes._row_number
