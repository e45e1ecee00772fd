-- Grain: one row per price period of a subscription that began before as_of.

with subscription_periods as (

    select * from {{ ref("int_subscription_periods") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

products as (

    select * from {{ ref("dim_products") }}
),

fct_subscription_periods as (

    select
        subscription_periods.subscription_period_key,
        subscription_periods.source_system,
        subscription_periods.subscription_id,
        subscription_periods.mrr_customer_id,
        subscription_periods.account_id,
        coalesce(customers.customer_key, -1) as customer_key,
        subscription_periods.customer_id,
        coalesce(products.product_key, -1) as product_key,
        subscription_periods.product_id,

        subscription_periods.plan,
        subscription_periods.status,
        subscription_periods.billing_interval,
        subscription_periods.cancel_reason,
        subscription_periods.competitor,
        subscription_periods.currency,

        subscription_periods.quantity,
        subscription_periods.unit_amount,
        subscription_periods.mrr_amount,

        subscription_periods.is_voluntary,
        subscription_periods.is_paying,
        subscription_periods.is_test,

        subscription_periods.renews_on,
        subscription_periods.period_start,
        subscription_periods.period_end,
        subscription_periods.effective_to
    from subscription_periods
    left join customers
        on
            subscription_periods.customer_id = customers.customer_id
            and subscription_periods.period_start >= customers.valid_from
            and subscription_periods.period_start < customers.valid_to
    left join products
        on
            subscription_periods.source_system = products.source_system
            and subscription_periods.product_id = products.product_id
)

select * from fct_subscription_periods
