-- Grain: one row per attempt to take money that was made before as_of, whatever became of it.
-- Its customer is that of its order, else that of the latest period of its subscription.

with payments as (

    select
        *,
        {{ local_date("attempted_at") }} as attempted_date,
        {{ currency_code("currency") }} as payment_currency,
        -- What came of a payment after the cut is told by a version of after the cut.
        case
            when status in ('refunded', 'disputed') and updated_at >= {{ as_of_cut() }} then 'paid'
            else status
        end as known_status
    from {{ ref("int_payments_current") }}
    where
        not coalesce(is_deleted, false)
        and attempted_at < {{ as_of_cut() }}
),

orders as (

    select * from {{ ref("fct_orders") }}
),

subscriptions as (

    select
        source_system,
        subscription_id,
        {{ value_at_last("customer_id", ["period_start"]) }} as customer_id,
        {{ value_at_last("account_id", ["period_start"]) }} as account_id,
        {{ value_at_last("is_test", ["period_start"]) }} as is_test
    from {{ ref("int_subscription_periods") }}
    group by source_system, subscription_id
),

exchange_rates as (

    select * from {{ ref("int_exchange_rates_daily") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

resolved_payments as (

    select
        payments.*,
        orders.order_key,
        coalesce(nullif(orders.customer_id, '-1'), subscriptions.customer_id, '-1') as customer_id,
        coalesce(nullif(orders.account_id, '-1'), subscriptions.account_id, '-1') as account_id,
        coalesce(orders.is_test, false) or coalesce(subscriptions.is_test, false) as is_test
    from payments
    left join orders
        on
            payments.source_system = orders.source_system
            and payments.order_id = orders.order_id
    left join subscriptions
        on
            payments.source_system = subscriptions.source_system
            and payments.subscription_id = subscriptions.subscription_id
),

fct_payments as (

    select
        {{ surrogate_key(["payments.source_system", "payments.payment_id"]) }} as payment_key,
        payments.source_system,
        payments.payment_id,
        payments.order_key,
        payments.order_id,
        payments.subscription_id,
        coalesce(customers.customer_key, -1) as customer_key,
        payments.customer_id,
        payments.account_id,

        payments.known_status as status,
        payments.method,
        payments.failure_reason,
        customers.segment,
        customers.country,
        payments.payment_currency as currency,

        payments.amount as payment_amount,
        {{ rate_to_reporting("payments.payment_currency", "exchange_rates.rate") }} as exchange_rate,
        {{ in_reporting_currency("payments.amount", "payments.payment_currency", "exchange_rates.rate") }} as amount,

        payments.is_test,

        payments.attempted_date,
        payments.attempted_at
    from resolved_payments as payments
    left join exchange_rates
        on
            payments.payment_currency = exchange_rates.from_currency
            and payments.attempted_date = exchange_rates.rate_date
    left join customers
        on
            payments.customer_id = customers.customer_id
            and payments.attempted_at >= customers.valid_from
            and payments.attempted_at < customers.valid_to
)

select * from fct_payments
