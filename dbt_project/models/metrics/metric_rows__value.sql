-- Grain: one row per value metric, period grain, period, dimension and member.
-- Means over buyers are a picture of as_of (all_time). The share of the best fifth is cut from the customers of the
-- period. Sums are of decimals, so that the order of rows and threads cannot reach the last digit.

{% set mean_parts -%}
        count(value) as n,
        count(*) - count(value) as missing_n,
        sum(cast(value as decimal(28, 10))) as total,
        sum(cast(value * value as decimal(38, 10))) as sum_squares
{%- endset %}

with customer_values as (

    select *
    from {{ ref("int_customer_values_scored") }}
    where is_current
),

orders as (

    select *
    from {{ ref("fct_orders") }}
    where
        is_completed
        and not is_test
        and customer_id <> '-1'
),

refunds as (

    select *
    from {{ ref("fct_refunds") }}
    where
        is_counted
        and not is_test
        and customer_id <> '-1'
),

period_days as (

    select *
    from {{ ref("period_days") }}
    where period_grain not in ('day', 'week')
),

values_by_metric as (

    {% for metric in ["clv_historic", "clv_expected", "p_alive"] -%}
    select
        '{{ metric }}' as metric,
        'all_time' as period_grain,
        cast(null as date) as period_start,
        segment,
        country,
        cast({{ metric }} as double) as value
    from customer_values
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

values_rolled_up as (

    {{ rollup("values_by_metric", ["segment", "country"], mean_parts, by=["metric"]) }}
),

daily_revenue as (

    select
        customer_id,
        ordered_date as event_date,
        coalesce(amount, 0) as amount
    from orders
    union all
    select
        customer_id,
        refunded_date as event_date,
        -coalesce(amount, 0) as amount
    from refunds
),

monthly_revenue as (

    select
        customer_id,
        {{ period_start("month", "event_date") }} as month_start,
        sum(amount) as amount
    from daily_revenue
    group by customer_id, {{ period_start("month", "event_date") }}
),

-- All periods but the trailing one are made of whole months: their sums are added up, not the days once per period.
period_months as (

    select distinct
        period_grain,
        period_start,
        {{ period_start("month", "date_day") }} as month_start
    from period_days
    where period_grain <> 'trailing'
),

revenue_by_customer as (

    select
        period_months.period_grain,
        period_months.period_start,
        monthly_revenue.customer_id,
        greatest(sum(monthly_revenue.amount), 0) as revenue
    from monthly_revenue
    inner join period_months on monthly_revenue.month_start = period_months.month_start
    group by period_months.period_grain, period_months.period_start, monthly_revenue.customer_id

    union all

    select
        period_days.period_grain,
        period_days.period_start,
        daily_revenue.customer_id,
        greatest(sum(daily_revenue.amount), 0) as revenue
    from daily_revenue
    inner join period_days on daily_revenue.event_date = period_days.date_day
    where period_days.period_grain = 'trailing'
    group by period_days.period_grain, period_days.period_start, daily_revenue.customer_id
),

ranked_revenue as (

    select
        period_grain,
        period_start,
        revenue,
        row_number() over (partition by period_grain, period_start order by revenue desc) as revenue_position,
        count(*) over (partition by period_grain, period_start) as customer_count
    from revenue_by_customer
),

top_shares as (

    select
        period_grain,
        period_start,
        count(*) as n,
        sum(revenue) filter (where revenue_position <= ceil(customer_count / 5.0)) as top_revenue,
        sum(revenue) as revenue
    from ranked_revenue
    group by period_grain, period_start
),

all_rows as (

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        case when metric <> 'p_alive' then {{ reporting_currency() }} end as currency,
        coalesce(total, 0) as numerator,
        n as denominator,
        sum_squares,
        n,
        {{ safe_divide("total", "n") }} as value,
        {{ mean_low("total", "sum_squares", "n") }} as value_low,
        {{ mean_high("total", "sum_squares", "n") }} as value_high,
        missing_n as pending_n
    from values_rolled_up
    union all
    select
        'top20_revenue_share' as metric,
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        null as currency,
        cast(top_revenue as double) as numerator,
        cast(revenue as double) as denominator,
        null as sum_squares,
        n,
        {{ percent("top_revenue", "revenue") }} as value,
        null as value_low,
        null as value_high,
        0 as pending_n
    from top_shares
),

metric_rows__value as (

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        cast(currency as varchar) as currency,

        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(sum_squares as double) as sum_squares,
        cast(n as bigint) as n,
        cast(value as double) as value,
        cast(value_low as double) as value_low,
        cast(value_high as double) as value_high,
        cast(pending_n as bigint) as pending_n
    from all_rows
)

select * from metric_rows__value
