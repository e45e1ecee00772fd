-- Grain: one row per month, paying customer, product and currency: what recurred at the month's local close.
-- A period counts if it began before the close and did not end before it; an end exactly at the close is the last
-- instant of the month, so it still counts there and is missing in the next.

with subscription_periods as (

    select *
    from {{ ref("int_subscription_periods") }}
    where
        is_paying
        and not is_test
),

month_closes as (

    select * from {{ ref("int_month_closes") }}
),

exchange_rates as (

    select * from {{ ref("int_exchange_rates_daily") }}
),

states as (

    select
        month_closes.month_start,
        month_closes.month_end,
        subscription_periods.mrr_customer_id,
        coalesce(subscription_periods.product_id, '-1') as product_id,
        subscription_periods.currency,
        count(distinct subscription_periods.subscription_id) as subscription_count,
        sum(subscription_periods.quantity) as quantity,
        sum(subscription_periods.mrr_amount) as mrr_amount
    from subscription_periods
    inner join month_closes
        on
            subscription_periods.period_start < month_closes.closes_at
            and subscription_periods.effective_to >= month_closes.closes_at
    group by
        month_closes.month_start,
        month_closes.month_end,
        subscription_periods.mrr_customer_id,
        coalesce(subscription_periods.product_id, '-1'),
        subscription_periods.currency
),

int_mrr_states as (

    select
        states.month_start,
        states.mrr_customer_id,
        states.product_id,
        states.currency,

        states.subscription_count,
        states.quantity,
        {{ money("states.mrr_amount") }} as mrr_amount,
        {{ rate_to_reporting("states.currency", "exchange_rates.rate") }} as exchange_rate,
        {{ in_reporting_currency("states.mrr_amount", "states.currency", "exchange_rates.rate") }} as amount
    from states
    left join exchange_rates
        on
            states.currency = exchange_rates.from_currency
            and states.month_end = exchange_rates.rate_date
)

select * from int_mrr_states
