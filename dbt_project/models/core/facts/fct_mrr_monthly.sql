-- Grain: one row per complete month, paying customer, product and currency: the recurring revenue at the month's local
-- close.

with states as (

    select * from {{ ref("int_mrr_states") }}
),

mrr_customers as (

    select * from {{ ref("int_mrr_customers") }}
),

fct_mrr_monthly as (

    select
        {{ surrogate_key(["states.month_start", "states.mrr_customer_id", "states.product_id", "states.currency"]) }}
        as mrr_monthly_key,
        states.mrr_customer_id,
        mrr_customers.account_id,
        mrr_customers.customer_id,
        states.product_id,

        mrr_customers.mrr_customer_type,
        states.currency,

        states.subscription_count,
        states.quantity,
        states.mrr_amount,
        states.exchange_rate,
        states.amount,

        states.month_start
    from states
    inner join mrr_customers on states.mrr_customer_id = mrr_customers.mrr_customer_id
)

select * from fct_mrr_monthly
