-- Grain: one row per refund of a source system that exists at as_of, on its own day, with the customer of its order.
-- A refund counts against revenue if its order counted: not for a pending, cancelled or deleted order, nor for a test
-- customer's. A refund of an order that was never delivered counts too, without a customer: the order is older than the
-- extract, the money has gone.

with refunds as (

    select
        *,
        {{ local_date("refunded_at") }} as refunded_date,
        {{ currency_code("currency") }} as refund_currency
    from {{ ref("int_refunds_current") }}
    where
        not coalesce(is_deleted, false)
        and refunded_at < {{ as_of_cut() }}
),

orders as (

    select * from {{ ref("int_orders_priced") }}
),

deleted_orders as (

    select
        source_system,
        order_id
    from {{ ref("int_orders_current") }}
    where coalesce(is_deleted, false)
),

exchange_rates as (

    select * from {{ ref("int_exchange_rates_daily") }}
),

int_refunds_priced as (

    select
        {{ surrogate_key(["refunds.source_system", "refunds.refund_id"]) }} as refund_key,
        refunds.source_system,
        refunds.refund_id,
        orders.order_key,
        refunds.order_id,
        coalesce(orders.customer_id, '-1') as customer_id,
        coalesce(orders.account_id, '-1') as account_id,

        orders.channel,
        refunds.reason,
        refunds.granted_by_agent_id,
        refunds.refund_currency as currency,

        refunds.amount as refund_amount,
        {{ rate_to_reporting("refunds.refund_currency", "exchange_rates.rate") }} as exchange_rate,
        {{ in_reporting_currency("refunds.amount", "refunds.refund_currency", "exchange_rates.rate") }} as amount,

        coalesce(refunds.is_goodwill, false) as is_goodwill,
        coalesce(orders.is_completed, true) and deleted_orders.order_id is null as is_counted,
        coalesce(orders.is_test, false) as is_test,

        refunds.refunded_date,
        refunds.refunded_at
    from refunds
    left join orders
        on
            refunds.source_system = orders.source_system
            and refunds.order_id = orders.order_id
    left join deleted_orders
        on
            refunds.source_system = deleted_orders.source_system
            and refunds.order_id = deleted_orders.order_id
    left join exchange_rates
        on
            refunds.refund_currency = exchange_rates.from_currency
            and refunds.refunded_date = exchange_rates.rate_date
)

select * from int_refunds_priced
