-- Grain: one row per line of goods of a delivered version of an order of Shopify.
-- Where prices include tax, the tax of the line is taken out of price and discount alike: the discount keeps the share
-- that it had. A line that was given away has no tax to go by, and keeps its price.

with raw_rows as (

    select * from {{ new_loads("raw", "shopify__orders") }} as new_rows
),

lines as (

    select
        _source_system as source_system,
        id as order_id,
        coalesce(taxes_included, false) as taxes_included,
        {{ each_json_element("line_items") }} as line,
        {{ each_json_place("line_items") }} as line_number,
        _load_sequence,
        _row_number
    from raw_rows
),

amounts as (

    select
        source_system,
        order_id,
        line_number,
        {{ shopify_product_id("line") }} as product_id,
        cast({{ json_text("line", "quantity") }} as double) as quantity,
        cast({{ json_text("line", "price") }} as decimal(18, 4)) as price,
        {{ json_money_sum(json_part("line", "discount_allocations"), "amount") }} as discount,
        case
            when taxes_included then {{ json_money_sum(json_part("line", "tax_lines"), "price") }}
            else 0
        end as included_tax,
        _load_sequence,
        _row_number
    from lines
    where {{ shopify_is_goods("line") }}
),

untaxed_shares as (

    select
        *,
        coalesce(
            1 - {{ safe_divide("included_tax", "quantity * price - discount") }},
            1
        ) as untaxed_share
    from amounts
)

select
    source_system,
    order_id,
    line_number,
    product_id,

    quantity,
    {{ money("price * untaxed_share") }} as unit_price,
    {{ money("discount * untaxed_share") }} as discount_amount,
    {{ money("quantity * price - discount - included_tax") }} as net_amount,

    _load_sequence,
    _row_number
from untaxed_shares
