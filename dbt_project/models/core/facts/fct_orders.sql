-- Grain: one row per order of a source system that exists at as_of.
-- Revenue is the sum of `amount` over is_completed and not is_test. Refunds are not taken off here: they count on their
-- own day (fct_refunds).

with orders as (

    select * from {{ ref("int_orders_priced") }}
),

margin_ratio as (

    select * from {{ ref("int_margin_ratio") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

purchase_days as (

    select * from {{ ref("int_purchase_days") }}
),

-- Few days have several orders: only those are put in order.
busy_days as (

    select
        customer_id,
        purchase_date
    from {{ ref("int_purchase_days") }}
    where order_count > 1
),

orders_of_busy_days as (

    select
        completed_orders.order_key,
        row_number() over (
            partition by completed_orders.customer_id, completed_orders.ordered_date
            order by completed_orders.ordered_at, completed_orders.order_key
        ) as position
    from {{ ref("int_orders_priced") }} as completed_orders
    inner join busy_days
        on
            completed_orders.customer_id = busy_days.customer_id
            and completed_orders.ordered_date = busy_days.purchase_date
    where completed_orders.is_completed
),

numbered_orders as (

    select
        orders.*,
        purchase_days.earlier_order_count + coalesce(orders_of_busy_days.position, 1) as purchase_number
    from orders
    left join purchase_days
        on
            orders.customer_id = purchase_days.customer_id
            and orders.ordered_date = purchase_days.purchase_date
            and orders.is_completed
    left join orders_of_busy_days on orders.order_key = orders_of_busy_days.order_key
),

fct_orders as (

    select
        orders.order_key,
        orders.source_system,
        orders.order_id,
        coalesce(customers.customer_key, -1) as customer_key,
        orders.customer_id,
        orders.account_id,
        orders.location_id,
        orders.campaign_id,

        orders.status,
        orders.channel,
        orders.platform,
        orders.device,
        orders.touchpoint,
        customers.segment,
        customers.country,
        orders.currency,

        orders.gross_amount,
        orders.discount_amount,
        orders.tax_amount,
        orders.shipping_amount,
        orders.net_amount,
        orders.cost_amount,
        orders.exchange_rate,
        orders.amount,
        {{ money(
            "orders.amount - coalesce(orders.cost, cast(orders.amount as double) * (1 - margin_ratio.margin_ratio))"
        ) }} as margin,
        orders.purchase_number,

        coalesce(orders.purchase_number = 1, false) as is_first_purchase,
        orders.is_completed,
        orders.cost is null as is_margin_estimated,
        orders.is_test,

        orders.ordered_date,
        orders.ordered_at
    from numbered_orders as orders
    cross join margin_ratio
    left join customers
        on
            orders.customer_id = customers.customer_id
            and orders.ordered_at >= customers.valid_from
            and orders.ordered_at < customers.valid_to
)

select * from fct_orders
