-- Grain: one row per delivered version of an order of Shopify, with what its shipping costs.
-- Amounts are in the currency of the shop. A test is a deleted order: nothing else keeps it out of the numbers.

with raw_rows as (

    select * from {{ new_loads("raw", "shopify__orders") }} as new_rows
),

shipping_lines_of_orders as (

    select
        _load_sequence,
        _row_number,
        taxes_included,
        {{ each_json_element("shipping_lines") }} as shipping_line
    from raw_rows
),

shipping_amounts as (

    select
        _load_sequence,
        _row_number,
        sum(
            cast({{ json_text("shipping_line", "price") }} as decimal(18, 4))
            - {{ json_money_sum(json_part("shipping_line", "discount_allocations"), "amount") }}
            - case
                when taxes_included then {{ json_money_sum(json_part("shipping_line", "tax_lines"), "price") }}
                else 0
            end
        ) as shipping_amount
    from shipping_lines_of_orders
    group by _load_sequence, _row_number
)

select
    raw_rows._source_system as source_system,
    raw_rows.id as order_id,
    {{ json_text("raw_rows.customer", "id") }} as customer_id,
    raw_rows.location_id,
    raw_rows.checkout_id,

    coalesce(raw_rows.email, raw_rows.contact_email) as email,
    raw_rows.phone,
    lower(raw_rows.financial_status) as financial_status,
    raw_rows.source_name,
    raw_rows.landing_site,
    {{ json_text("raw_rows.client_details", "user_agent") }} as user_agent,
    upper(raw_rows.currency) as currency,
    raw_rows.line_items,
    raw_rows.refunds,

    raw_rows.total_tax,
    coalesce(shipping_amounts.shipping_amount, 0) as shipping_amount,

    coalesce(raw_rows.taxes_included, false) as taxes_included,

    coalesce(raw_rows.processed_at, raw_rows.created_at) as ordered_at,
    raw_rows.cancelled_at,

    raw_rows.updated_at,
    coalesce(raw_rows.is_deleted, raw_rows.test, false) as is_deleted,

    raw_rows._load_id,
    raw_rows._load_sequence,
    raw_rows._loaded_at,
    raw_rows._file,
    raw_rows._row_number,
    raw_rows._extra,
    raw_rows._is_tombstone
from raw_rows
left join shipping_amounts
    on
        raw_rows._load_sequence = shipping_amounts._load_sequence
        and raw_rows._row_number = shipping_amounts._row_number
