-- Grain: one row per refund of a source system that exists at as_of, on the day the money was given back.

with refunds as (

    select * from {{ ref("int_refunds_priced") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

fct_refunds as (

    select
        refunds.refund_key,
        refunds.source_system,
        refunds.refund_id,
        refunds.order_key,
        refunds.order_id,
        coalesce(customers.customer_key, -1) as customer_key,
        refunds.customer_id,
        refunds.account_id,
        refunds.granted_by_agent_id,

        refunds.channel,
        refunds.reason,
        customers.segment,
        customers.country,
        refunds.currency,

        refunds.refund_amount,
        refunds.exchange_rate,
        refunds.amount,

        refunds.is_goodwill,
        refunds.is_counted,
        refunds.is_test,

        refunds.refunded_date,
        refunds.refunded_at
    from refunds
    left join customers
        on
            refunds.customer_id = customers.customer_id
            and refunds.refunded_at >= customers.valid_from
            and refunds.refunded_at < customers.valid_to
)

select * from fct_refunds
