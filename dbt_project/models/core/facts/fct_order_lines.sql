-- Grain: one row per line of an order that exists at as_of.
-- A line has no day, customer or currency of its own: they are those of its order. A line of an order that was never
-- delivered is here without them; one of an order that is deleted or lies after as_of is not.

with order_lines as (

    select
        *,
        {{ money("quantity * unit_price - coalesce(discount_amount, 0)") }} as net_amount,
        {{ money("quantity * unit_cost") }} as cost_amount
    from {{ ref("int_order_lines_current") }}
    where not coalesce(is_deleted, false)
),

orders as (

    select * from {{ ref("fct_orders") }}
),

delivered_orders as (

    select
        source_system,
        order_id
    from {{ ref("int_orders_current") }}
),

products as (

    select * from {{ ref("dim_products") }}
),

priced_lines as (

    select
        {{ surrogate_key(["order_lines.source_system", "order_lines.order_id", "order_lines.line_number"]) }}
        as order_line_key,
        order_lines.source_system,
        orders.order_key,
        order_lines.order_id,
        order_lines.line_number,
        coalesce(orders.customer_key, -1) as customer_key,
        coalesce(orders.customer_id, '-1') as customer_id,
        coalesce(orders.account_id, '-1') as account_id,
        coalesce(products.product_key, -1) as product_key,
        order_lines.product_id,

        orders.channel,
        orders.segment,
        orders.country,
        orders.currency,

        order_lines.quantity,
        order_lines.unit_price,
        order_lines.discount_amount,
        order_lines.net_amount,
        order_lines.cost_amount,
        orders.exchange_rate,
        {{ in_reporting_currency("order_lines.net_amount", "orders.currency", "orders.exchange_rate") }} as amount,
        {{ in_reporting_currency("order_lines.cost_amount", "orders.currency", "orders.exchange_rate") }} as cost,

        orders.is_completed,
        coalesce(orders.is_test, false) as is_test,

        orders.ordered_date,
        orders.ordered_at
    from order_lines
    left join orders
        on
            order_lines.source_system = orders.source_system
            and order_lines.order_id = orders.order_id
    left join delivered_orders
        on
            order_lines.source_system = delivered_orders.source_system
            and order_lines.order_id = delivered_orders.order_id
    left join products
        on
            order_lines.source_system = products.source_system
            and order_lines.product_id = products.product_id
    where
        orders.order_key is not null
        or delivered_orders.order_id is null
),

fct_order_lines as (

    select
        order_line_key,
        source_system,
        order_key,
        order_id,
        line_number,
        customer_key,
        customer_id,
        account_id,
        product_key,
        product_id,

        channel,
        segment,
        country,
        currency,

        quantity,
        unit_price,
        discount_amount,
        net_amount,
        cost_amount,
        exchange_rate,
        amount,
        {{ money("amount - cost") }} as margin,

        is_completed,
        is_test,

        ordered_date,
        ordered_at
    from priced_lines
)

select * from fct_order_lines
