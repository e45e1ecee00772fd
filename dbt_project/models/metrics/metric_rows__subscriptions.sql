-- Grain: one row per subscription metric, period grain (month, quarter, year), period, dimension and member.
-- The cohort is closed at the period's opening; only complete periods are here. A rate in percent keeps its money parts
-- as numerator and denominator; intervals are given for shares of customers, not for shares of money.

{% set dimensions = ["segment", "country"] -%}
{% set parts -%}
        count(*) filter (where is_at_start) as start_n,
        count(*) filter (where is_at_end) as end_n,
        count(*) as either_n,
        count(*) filter (where movement_type = 'churn') as churned_n,
        sum(start_mrr) as start_mrr,
        sum(end_mrr) as end_mrr,
        sum(new_mrr) as new_mrr,
        sum(reactivation_mrr) as reactivation_mrr,
        sum(expansion_mrr) as expansion_mrr,
        sum(contraction_mrr) as contraction_mrr,
        sum(churned_mrr) as churned_mrr,
        sum(retained_mrr) as retained_mrr,
        sum(unconverted_count) as unconverted_count
{%- endset %}
{% set tenure_parts -%}
        count(*) as n,
        sum(tenure_days) as tenure_days_sum,
        quantile_cont(tenure_days, 0.5) as tenure_days_median,
        {{ median_low("tenure_days") }} as tenure_days_low,
        {{ median_high("tenure_days") }} as tenure_days_high
{%- endset %}
{# metric: numerator, denominator, n, kind. #}
{% set rates = {
    "logo_churn_rate": ("churned_n", "start_n", "start_n"),
    "retention_rate": ("start_n - churned_n", "start_n", "start_n"),
    "gross_mrr_churn_rate": ("churned_mrr + contraction_mrr", "start_mrr", "start_n"),
    "net_mrr_churn_rate": ("churned_mrr + contraction_mrr - expansion_mrr", "start_mrr", "start_n"),
    "grr": ("retained_mrr", "start_mrr", "start_n"),
    "nrr": ("start_mrr + expansion_mrr - contraction_mrr - churned_mrr", "start_mrr", "start_n"),
} -%}
{% set amounts = ["new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr"] -%}

with movements as (

    select * from {{ ref("int_mrr_movements") }}
),

states as (

    select * from {{ ref("int_mrr_states") }}
),

rolled_up as (

    {{ rollup("movements", dimensions, parts) }}
),

customers_at_end as (

    select *
    from movements
    where is_at_end
),

tenure_rolled_up as (

    {{ rollup("customers_at_end", dimensions, tenure_parts) }}
),

product_states as (

    select
        movements.period_grain,
        movements.period_start,
        states.product_id,
        count(distinct states.mrr_customer_id) as end_n,
        sum(states.amount) as end_mrr,
        count(*) filter (where states.amount is null) as unconverted_count
    from movements
    inner join states
        on
            movements.mrr_customer_id = states.mrr_customer_id
            and {{ period_start("month", local_date("movements.closes_at - interval 1 microsecond")) }}
            = states.month_start
    group by movements.period_grain, movements.period_start, states.product_id
),

all_rows as (

    {% for metric, (numerator, denominator, n) in rates.items() -%}
    select
        '{{ metric }}' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        null as currency,
        {{ numerator }} as numerator,
        {{ denominator }} as denominator,
        {{ n }} as n,
        {{ percent(numerator, denominator) }} as value,
        {% if metric in ["logo_churn_rate", "retention_rate"] -%}
        {{ wilson_low("(" ~ numerator ~ ")", denominator) }} as value_low,
        {{ wilson_high("(" ~ numerator ~ ")", denominator) }} as value_high,
        {%- else -%}
        null as value_low,
        null as value_high,
        {%- endif %}
        {{ "unconverted_count" if "mrr" in denominator else 0 }} as pending_n
    from rolled_up
    union all
    {% endfor -%}
    {% for amount in amounts -%}
    select
        '{{ amount }}' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        {{ reporting_currency() }} as currency,
        {{ amount }} as numerator,
        null as denominator,
        either_n as n,
        {{ amount }} as value,
        null as value_low,
        null as value_high,
        unconverted_count as pending_n
    from rolled_up
    union all
    {% endfor -%}
    select
        'mrr' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        {{ reporting_currency() }} as currency,
        end_mrr as numerator,
        null as denominator,
        end_n as n,
        case when end_n > 0 then end_mrr end as value,
        null as value_low,
        null as value_high,
        unconverted_count as pending_n
    from rolled_up
    union all
    select
        'mrr' as metric,
        period_grain,
        period_start,
        'product' as dimension,
        case product_id when '-1' then 'unknown' else product_id end as dimension_value,
        {{ reporting_currency() }} as currency,
        end_mrr as numerator,
        null as denominator,
        end_n as n,
        end_mrr as value,
        null as value_low,
        null as value_high,
        unconverted_count as pending_n
    from product_states
    union all
    select
        'median_tenure_days' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        null as currency,
        tenure_days_sum as numerator,
        n as denominator,
        n,
        tenure_days_median as value,
        tenure_days_low as value_low,
        tenure_days_high as value_high,
        0 as pending_n
    from tenure_rolled_up
),

metric_rows__subscriptions as (

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        cast(currency as varchar) as currency,

        cast(coalesce(numerator, 0) as double) as numerator,
        cast(denominator as double) as denominator,
        cast(null as double) as sum_squares,
        cast(n as bigint) as n,
        cast(value as double) as value,
        cast(value_low as double) as value_low,
        cast(value_high as double) as value_high,
        cast(pending_n as bigint) as pending_n
    from all_rows
)

select * from metric_rows__subscriptions
