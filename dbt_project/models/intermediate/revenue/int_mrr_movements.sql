-- Grain: one row per period grain (month, quarter, year), period and customer with recurring revenue at either end of
-- it.
-- A quarter and a year compare their own two ends: they are not sums of months. The customer's total decides the
-- movement, with both ends at the rate of the opening, so that a change of rates is no expansion; what rates did is in
-- fx_effect. A currency that has no rate at the opening is taken at the closing one.

with states as (

    select * from {{ ref("int_mrr_states") }}
),

month_closes as (

    select * from {{ ref("int_month_closes") }}
),

customers as (

    select * from {{ ref("int_mrr_customers") }}
),

customer_versions as (

    select * from {{ ref("int_customer_versions") }}
),

exchange_rates as (

    select * from {{ ref("int_exchange_rates_daily") }}
),

-- Complete periods only: the last month of the quarter or year must have closed.
periods as (

    {% for grain, months in [("month", 1), ("quarter", 3), ("year", 12)] -%}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, "month_start") }} as period_start,
        cast({{ period_start(grain, "month_start") }} - interval 1 month as date) as opening_month,
        cast({{ period_start(grain, "month_start") }} - interval 1 day as date) as opening_date,
        month_start as closing_month,
        {{ local_midnight(period_start(grain, "month_start")) }} as opens_at,
        closes_at
    from month_closes
    where month_start = cast({{ period_start(grain, "month_start") }} + interval {{ months - 1 }} month as date)
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

ends_of_periods as (

    select
        periods.period_grain,
        periods.period_start,
        states.mrr_customer_id,
        coalesce(states.amount, 0) as start_mrr,
        cast(0 as decimal(18, 4)) as end_mrr,
        cast(0 as decimal(18, 4)) as end_mrr_at_opening_rate,
        true as is_at_start,
        false as is_at_end,
        case when states.amount is null then 1 else 0 end as unconverted_count
    from periods
    inner join states on periods.opening_month = states.month_start

    union all

    select
        periods.period_grain,
        periods.period_start,
        states.mrr_customer_id,
        cast(0 as decimal(18, 4)) as start_mrr,
        coalesce(states.amount, 0) as end_mrr,
        coalesce(
            {{ in_reporting_currency(
                "states.mrr_amount", "states.currency", "coalesce(exchange_rates.rate, states.exchange_rate)"
            ) }},
            0
        ) as end_mrr_at_opening_rate,
        false as is_at_start,
        true as is_at_end,
        case when states.amount is null then 1 else 0 end as unconverted_count
    from periods
    inner join states on periods.closing_month = states.month_start
    left join exchange_rates
        on
            states.currency = exchange_rates.from_currency
            and periods.opening_date = exchange_rates.rate_date
),

customer_totals as (

    select
        period_grain,
        period_start,
        mrr_customer_id,
        {{ money("sum(start_mrr)") }} as start_mrr,
        {{ money("sum(end_mrr)") }} as end_mrr,
        {{ money("sum(end_mrr_at_opening_rate)") }} as end_mrr_at_opening_rate,
        bool_or(is_at_start) as is_at_start,
        bool_or(is_at_end) as is_at_end,
        cast(sum(unconverted_count) as bigint) as unconverted_count
    from ends_of_periods
    group by period_grain, period_start, mrr_customer_id
),

typed as (

    select
        customer_totals.*,
        periods.opens_at,
        periods.closes_at,
        customers.account_id,
        customers.customer_id,
        customers.account_country,
        customers.first_paid_at,
        case
            when customer_totals.is_at_start and not customer_totals.is_at_end then 'churn'
            when not customer_totals.is_at_start and customers.first_paid_at < periods.opens_at then 'reactivation'
            when not customer_totals.is_at_start then 'new'
            when customer_totals.end_mrr_at_opening_rate > customer_totals.start_mrr then 'expansion'
            when customer_totals.end_mrr_at_opening_rate < customer_totals.start_mrr then 'contraction'
            else 'none'
        end as movement_type
    from customer_totals
    inner join periods
        on
            customer_totals.period_grain = periods.period_grain
            and customer_totals.period_start = periods.period_start
    inner join customers on customer_totals.mrr_customer_id = customers.mrr_customer_id
),

-- The segment is that of the opening for whoever was there (the cohort is closed then), else that of the close.
described as (

    select
        typed.*,
        customer_versions.segment,
        coalesce(typed.account_country, customer_versions.country) as country
    from typed
    left join customer_versions
        on
            typed.customer_id = customer_versions.customer_id
            and case when typed.is_at_start then typed.opens_at else typed.closes_at end > customer_versions.valid_from
            and case when typed.is_at_start then typed.opens_at else typed.closes_at end <= customer_versions.valid_to
),

int_mrr_movements as (

    select
        period_grain,
        period_start,
        mrr_customer_id,
        account_id,
        customer_id,

        segment,
        country,
        movement_type,

        start_mrr,
        case when movement_type = 'new' then end_mrr_at_opening_rate else 0 end as new_mrr,
        case when movement_type = 'reactivation' then end_mrr_at_opening_rate else 0 end as reactivation_mrr,
        case when movement_type = 'expansion' then end_mrr_at_opening_rate - start_mrr else 0 end as expansion_mrr,
        case when movement_type = 'contraction' then start_mrr - end_mrr_at_opening_rate else 0 end as contraction_mrr,
        case when movement_type = 'churn' then start_mrr else 0 end as churned_mrr,
        end_mrr - end_mrr_at_opening_rate as fx_effect,
        end_mrr,
        case when is_at_start and is_at_end then least(start_mrr, end_mrr_at_opening_rate) else 0 end as retained_mrr,
        unconverted_count,
        {{ days_between(local_date("first_paid_at"), local_date("closes_at")) }} as tenure_days,

        is_at_start,
        is_at_end,

        first_paid_at,
        opens_at,
        closes_at
    from described
)

select * from int_mrr_movements
