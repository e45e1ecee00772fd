-- Grain: one row per order metric, period grain, period, dimension and member in which something happened.
-- Orders without an exchange rate are in no sum; they are counted in pending_n until a rate arrives. Sums are of
-- decimals, so that the order of rows and threads cannot reach the last digit.

{% set dimensions = ["channel", "segment", "country"] -%}
{% set money_rows = ["revenue_rows", "net_revenue_rows", "average_order_value_rows"] -%}
{% set order_parts -%}
        sum(order_count) as order_count,
        sum(refund_count) as refund_count,
        sum(unconverted_count) as unconverted_count,
        sum(revenue) as revenue,
        sum(revenue_squares) as revenue_squares,
        sum(refunded) as refunded
{%- endset %}
{% set repeat_parts -%}
        count(*) filter (where is_mature and is_repeat) as repeat_n,
        count(*) filter (where is_mature) as n,
        count(*) filter (where not is_mature) as pending_n
{%- endset %}
{% set inactivity_parts -%}
        sum(inactive_buyers) as inactive_n,
        sum(active_buyers) as n
{%- endset %}

with orders as (

    select *
    from {{ ref("fct_orders") }}
    where
        is_completed
        and not is_test
),

refunds as (

    select *
    from {{ ref("fct_refunds") }}
    where
        is_counted
        and not is_test
),

histories as (

    select * from {{ ref("int_purchase_histories") }}
),

base_periods as (

    select * from {{ ref("buyer_activity_by_period") }}
),

period_days as (

    select * from {{ ref("period_days") }}
),

-- A day's orders of one kind as one row: the join with seven period grains then costs days, not orders.
daily_cells as (

    select
        ordered_date as event_date,
        channel,
        segment,
        country,
        count(*) filter (where amount is not null) as order_count,
        0 as refund_count,
        count(*) filter (where amount is null) as unconverted_count,
        coalesce(sum(amount), 0) as revenue,
        coalesce(sum(cast(amount * amount as decimal(38, 8))), 0) as revenue_squares,
        cast(0 as decimal(18, 4)) as refunded
    from orders
    group by ordered_date, channel, segment, country
    union all
    select
        refunded_date as event_date,
        channel,
        segment,
        country,
        0 as order_count,
        count(*) filter (where amount is not null) as refund_count,
        count(*) filter (where amount is null) as unconverted_count,
        cast(0 as decimal(18, 4)) as revenue,
        cast(0 as decimal(38, 8)) as revenue_squares,
        coalesce(sum(amount), 0) as refunded
    from refunds
    group by refunded_date, channel, segment, country
),

period_cells as (

    select
        period_days.period_grain,
        period_days.period_start,
        daily_cells.*
    from daily_cells
    inner join period_days on daily_cells.event_date = period_days.date_day
),

orders_rolled_up as (

    {{ rollup("period_cells", dimensions, order_parts) }}
),

first_purchases as (

    select
        period_days.period_grain,
        period_days.period_start,
        orders.channel,
        orders.segment,
        orders.country,
        {{ days_between("histories.first_purchase_date", as_of_date()) }} >= {{ var("repeat_window_days") }}
        as is_mature,
        histories.second_purchase_date is not null
        and {{ days_between("histories.first_purchase_date", "histories.second_purchase_date") }}
        <= {{ var("repeat_window_days") }} as is_repeat
    from orders
    inner join histories on orders.customer_id = histories.customer_id
    inner join period_days on histories.first_purchase_date = period_days.date_day
    where
        orders.is_first_purchase
        and period_days.period_grain not in ('day', 'week')
),

first_purchases_rolled_up as (

    {{ rollup("first_purchases", dimensions, repeat_parts) }}
),

base_periods_rolled_up as (

    {{ rollup("base_periods", ["segment", "country"], inactivity_parts) }}
),

revenue_rows as (

    select
        'revenue' as metric,
        *,
        revenue as numerator,
        null as denominator,
        null as sum_squares,
        order_count as n,
        case when order_count > 0 then revenue end as value,
        null as value_low,
        null as value_high,
        unconverted_count as pending_n
    from orders_rolled_up
    where order_count + unconverted_count > 0
),

net_revenue_rows as (

    select
        'net_revenue' as metric,
        *,
        revenue - refunded as numerator,
        null as denominator,
        null as sum_squares,
        order_count + refund_count as n,
        case when order_count + refund_count > 0 then revenue - refunded end as value,
        null as value_low,
        null as value_high,
        unconverted_count as pending_n
    from orders_rolled_up
),

average_order_value_rows as (

    select
        'average_order_value' as metric,
        *,
        revenue as numerator,
        order_count as denominator,
        revenue_squares as sum_squares,
        order_count as n,
        {{ safe_divide("revenue", "order_count") }} as value,
        {{ mean_low("revenue", "revenue_squares", "order_count") }} as value_low,
        {{ mean_high("revenue", "revenue_squares", "order_count") }} as value_high,
        unconverted_count as pending_n
    from orders_rolled_up
    where order_count + unconverted_count > 0
),

repeat_purchase_rows as (

    select
        'repeat_purchase_rate' as metric,
        *,
        repeat_n as numerator,
        n as denominator,
        null as sum_squares,
        {{ percent("repeat_n", "n") }} as value,
        {{ wilson_low("repeat_n", "n") }} as value_low,
        {{ wilson_high("repeat_n", "n") }} as value_high
    from first_purchases_rolled_up
),

inactivity_rows as (

    select
        'inactivity_churn_rate' as metric,
        *,
        inactive_n as numerator,
        n as denominator,
        null as sum_squares,
        {{ percent("inactive_n", "n") }} as value,
        {{ wilson_low("inactive_n", "n") }} as value_low,
        {{ wilson_high("inactive_n", "n") }} as value_high,
        0 as pending_n
    from base_periods_rolled_up
),

all_rows as (

    {% for relation in money_rows + ["repeat_purchase_rows", "inactivity_rows"] -%}
    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        {{ reporting_currency() if relation in money_rows else "null" }} as currency,
        numerator,
        denominator,
        sum_squares,
        n,
        value,
        value_low,
        value_high,
        pending_n
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

metric_rows__orders as (

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

select * from metric_rows__orders
