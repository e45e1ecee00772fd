-- Grain: one row per buyer and month: value, RFM scores and segment at the month's last day, or at as_of in the running
-- month.
-- Lies beside core because it waits for the fits. Past months (var value_history_months) hold what can be said without
-- a model; P(alive) and expected value are those of the fit at as_of, so earlier rows have none: parameters that know
-- later purchases would make the past look foreseen.

{{ config(schema="intermediate") }}

with orders as (

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

customers as (

    select
        customer_id,
        segment,
        country,
        is_deleted
    from {{ ref("dim_customers") }}
    where is_current
),

histories as (

    select * from {{ ref("int_purchase_histories") }}
),

fits as (

    select * from {{ source("steps", "model_fits") }}
),

forecasts as (

    select * from {{ ref("int_purchase_forecasts") }}
),

margin_ratio as (

    select * from {{ ref("int_margin_ratio") }}
),

rfm_segments as (

    select * from {{ ref("rfm_segments") }}
),

value_days as (

    select
        cast({{ period_start("month", as_of_date()) }} - interval 1 month * series.number as date) as month_start,
        case
            when series.number = 0 then {{ as_of_date() }}
            else cast(
                {{ period_start("month", as_of_date()) }}
                - interval 1 month * (series.number - 1) - interval 1 day as date
            )
        end as value_date,
        series.number = 0 as is_current
    from {{ number_series(0, var("value_history_months")) }} as series
),

events as (

    select
        customer_id,
        ordered_date as event_date,
        1 as order_count,
        ordered_date as purchase_date,
        coalesce(amount, 0) as revenue,
        cast(0 as decimal(18, 4)) as refunded,
        coalesce(margin, 0) as margin
    from orders
    union all
    select
        customer_id,
        refunded_date as event_date,
        0 as order_count,
        cast(null as date) as purchase_date,
        cast(0 as decimal(18, 4)) as revenue,
        coalesce(amount, 0) as refunded,
        -coalesce(amount, 0) as margin
    from refunds
),

-- Each event once, at the first value day that sees it; the days then add up what came before.
events_by_value_day as (

    select
        events.customer_id,
        value_days.value_date,
        sum(events.order_count) as order_count,
        count(distinct events.purchase_date) as purchase_day_count,
        min(events.purchase_date) as first_purchase_date,
        max(events.purchase_date) as last_purchase_date,
        sum(events.revenue) as revenue,
        sum(events.refunded) as refunded,
        sum(events.margin) as margin
    from events
    inner join value_days
        on
            events.event_date <= value_days.value_date
            and (
                events.event_date >= value_days.month_start
                or value_days.value_date = (select min(first_days.value_date) from value_days as first_days)
            )
    group by events.customer_id, value_days.value_date
),

values_to_date as (

    select
        events_by_value_day.customer_id,
        value_days.month_start,
        value_days.value_date,
        value_days.is_current,
        cast(sum(events_by_value_day.order_count) as bigint) as order_count,
        cast(sum(events_by_value_day.purchase_day_count) as bigint) as purchase_day_count,
        min(events_by_value_day.first_purchase_date) as first_purchase_date,
        max(events_by_value_day.last_purchase_date) as last_purchase_date,
        {{ money("sum(events_by_value_day.revenue)") }} as revenue,
        {{ money("sum(events_by_value_day.refunded)") }} as refunded,
        {{ money("sum(events_by_value_day.margin)") }} as clv_historic
    from events_by_value_day
    inner join value_days on events_by_value_day.value_date <= value_days.value_date
    group by
        events_by_value_day.customer_id,
        value_days.month_start,
        value_days.value_date,
        value_days.is_current
),

-- Deleted customers keep their orders in the facts; nobody scores them any more.
buyers as (

    select
        values_to_date.*,
        values_to_date.revenue - values_to_date.refunded as net_revenue,
        {{ days_between("values_to_date.last_purchase_date", "values_to_date.value_date") }}
        as days_since_last_purchase,
        customers.segment,
        customers.country
    from values_to_date
    inner join customers on values_to_date.customer_id = customers.customer_id
    where
        values_to_date.purchase_day_count > 0
        and not customers.is_deleted
),

scored as (

    select
        *,
        {{ quintile_score("days_since_last_purchase desc", "value_date") }} as recency_score,
        {{ quintile_score("purchase_day_count", "value_date") }} as frequency_score,
        {{ quintile_score("net_revenue", "value_date") }} as monetary_score
    from buyers
),

parameters as (

    select
        {% for model, names in [
            ("bgnbd", ["r", "alpha", "a", "b"]),
            ("mbgnbd", ["r", "alpha", "a", "b"]),
            ("gamma_gamma", ["p", "q", "v"]),
        ] -%}
        {% for name in names -%}
        max(value) filter (where model = '{{ model }}' and parameter = '{{ name }}') as {{ model }}_{{ name }},
        {% endfor -%}
        {% endfor -%}
        count(*) as parameter_count
    from fits
),

modelled as (

    select
        histories.customer_id,
        histories.repeat_days,
        histories.recency_weeks,
        histories.observed_weeks,
        histories.repeat_day_net_mean,
        {{ probability_alive(
            "histories.repeat_days", "histories.recency_weeks", "histories.observed_weeks",
            "parameters.mbgnbd_r", "parameters.mbgnbd_alpha", "parameters.mbgnbd_a", "parameters.mbgnbd_b",
            "(histories.repeat_days + 1)"
        ) }} as p_alive,
        {{ probability_alive(
            "histories.repeat_days", "histories.recency_weeks", "histories.observed_weeks",
            "parameters.bgnbd_r", "parameters.bgnbd_alpha", "parameters.bgnbd_a", "parameters.bgnbd_b",
            "histories.repeat_days"
        ) }} as p_alive_bgnbd,
        mbgnbd_forecasts.expected_purchases_if_alive,
        mbgnbd_forecasts.discounted_purchases_if_alive,
        bgnbd_forecasts.expected_purchases_if_alive as expected_purchases_if_alive_bgnbd,
        {{ expected_purchase_value(
            "case when histories.repeat_day_net_mean is null then 0 else histories.repeat_days end",
            "greatest(coalesce(histories.repeat_day_net_mean, 0.0), 0.0)",
            "parameters.gamma_gamma_p", "parameters.gamma_gamma_q", "parameters.gamma_gamma_v"
        ) }} as expected_purchase_value
    from histories
    cross join parameters
    left join forecasts as mbgnbd_forecasts
        on
            mbgnbd_forecasts.model = 'mbgnbd'
            and histories.repeat_days = mbgnbd_forecasts.repeat_days
            and histories.observed_weeks = mbgnbd_forecasts.observed_weeks
    left join forecasts as bgnbd_forecasts
        on
            bgnbd_forecasts.model = 'bgnbd'
            and histories.repeat_days = bgnbd_forecasts.repeat_days
            and histories.observed_weeks = bgnbd_forecasts.observed_weeks
),

int_customer_values_scored as (

    select
        scored.customer_id,

        scored.segment,
        scored.country,
        rfm_segments.rfm_segment,

        scored.order_count,
        scored.purchase_day_count,
        cast(scored.days_since_last_purchase as bigint) as days_since_last_purchase,
        scored.revenue,
        scored.refunded,
        {{ money("scored.net_revenue") }} as net_revenue,
        scored.clv_historic,
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,
        modelled.repeat_days,
        modelled.recency_weeks,
        modelled.observed_weeks,
        modelled.repeat_day_net_mean,
        modelled.p_alive,
        modelled.p_alive_bgnbd,
        modelled.p_alive * modelled.expected_purchases_if_alive as expected_purchases,
        modelled.p_alive_bgnbd * modelled.expected_purchases_if_alive_bgnbd as expected_purchases_bgnbd,
        modelled.expected_purchase_value,
        {{ money(
            "modelled.p_alive * modelled.discounted_purchases_if_alive * modelled.expected_purchase_value"
            " * case when scored.is_current then margin_ratio.margin_ratio end"
        ) }} as clv_expected,

        scored.days_since_last_purchase > {{ var("inactivity_days") }} as is_inactive,
        scored.is_current,

        scored.first_purchase_date,
        scored.last_purchase_date,
        scored.month_start,
        scored.value_date
    from scored
    cross join margin_ratio
    inner join rfm_segments
        on
            scored.recency_score = rfm_segments.recency_score
            and scored.frequency_score = rfm_segments.frequency_score
    left join modelled
        on
            scored.is_current
            and scored.customer_id = modelled.customer_id
)

select * from int_customer_values_scored
