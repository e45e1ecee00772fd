-- Grain: one row per cost of marketing of a source system whose period had begun by as_of.
-- The amount is that of the whole period, at the rate of its first day.

with costs as (

    select
        *,
        {{ currency_code("currency") }} as cost_currency
    from {{ ref("int_marketing_costs_current") }}
    where
        not coalesce(is_deleted, false)
        and period_start <= {{ as_of_date() }}
),

exchange_rates as (

    select * from {{ ref("int_exchange_rates_daily") }}
),

fct_marketing_costs as (

    select
        {{ surrogate_key(["costs.source_system", "costs.cost_id"]) }} as marketing_cost_key,
        costs.source_system,
        costs.cost_id,
        {{ campaign_key("costs.campaign_id") }} as campaign_key,
        {{ campaign_code("costs.campaign_id") }} as campaign_id,

        costs.purpose,
        costs.segment,
        costs.cost_currency as currency,

        costs.amount as cost_amount,
        {{ rate_to_reporting("costs.cost_currency", "exchange_rates.rate") }} as exchange_rate,
        {{ in_reporting_currency("costs.amount", "costs.cost_currency", "exchange_rates.rate") }} as amount,
        {{ days_between("costs.period_start", "costs.period_end") }} as day_count,

        costs.period_start,
        costs.period_end
    from costs
    left join exchange_rates
        on
            costs.cost_currency = exchange_rates.from_currency
            and costs.period_start = exchange_rates.rate_date
)

select * from fct_marketing_costs
