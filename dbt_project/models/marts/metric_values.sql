-- Grain: one row per metric, period grain, period, dimension, member and currency.
-- What the fields computed (models/metrics), joined with the registry, with empty periods filled in: an empty period
-- has n 0 and no value. Members are filled from the month upwards; by week they are there where something happened,
-- by day not at all.

{% set domains = ["surveys", "service", "orders", "subscriptions", "value"] -%}

with measured as (

    {% for domain in domains -%}
    select {{ metric_row_columns() }} from {{ ref("metric_rows__" ~ domain) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

definitions as (

    select * from {{ ref("metric_definitions") }}
),

targets as (

    select * from {{ ref("targets") }}
),

periods as (

    select distinct
        period_grain,
        period_start
    from {{ ref("period_days") }}
    where period_start is not null
),

series as (

    select
        measured.metric,
        measured.period_grain,
        measured.dimension,
        measured.dimension_value,
        measured.currency,
        min(measured.period_start) as first_period_start
    from measured
    where measured.period_start is not null
    group by measured.metric, measured.period_grain, measured.dimension, measured.dimension_value, measured.currency
),

expected_rows as (

    select
        series.metric,
        series.period_grain,
        periods.period_start,
        series.dimension,
        series.dimension_value,
        series.currency
    from series
    inner join periods
        on
            series.period_grain = periods.period_grain
            and series.first_period_start <= periods.period_start
    where
        series.dimension = 'all'
        or series.period_grain in ('month', 'quarter', 'year')

    union all

    select
        definitions.metric,
        grains.period_grain,
        cast(null as date) as period_start,
        'all' as dimension,
        'all' as dimension_value,
        case when definitions.unit = 'money' then '{{ var("reporting_currency") }}' end as currency
    from definitions
    cross join (values ('all_time'), ('trailing')) as grains (period_grain)
    where definitions.grains like '%' || grains.period_grain || '%'
),

empty_rows as (

    select expected_rows.*
    from expected_rows
    left join measured
        on
            expected_rows.metric = measured.metric
            and expected_rows.period_grain = measured.period_grain
            and expected_rows.period_start is not distinct from measured.period_start
            and expected_rows.dimension = measured.dimension
            and expected_rows.dimension_value = measured.dimension_value
            and expected_rows.currency is not distinct from measured.currency
    where measured.metric is null
),

all_rows as (

    select * from measured
    union all by name
    select
        *,
        0.0 as numerator,
        0.0 as denominator,
        0 as n,
        0 as pending_n
    from empty_rows
),

with_registry as (

    select
        all_rows.*,
        definitions.unit,
        definitions.window_days,
        case all_rows.period_grain
            when 'day' then all_rows.period_start + interval 1 day
            when 'week' then all_rows.period_start + interval 7 day
            when 'month' then all_rows.period_start + interval 1 month
            when 'quarter' then all_rows.period_start + interval 3 month
            when 'year' then all_rows.period_start + interval 1 year
        end as period_end,
        lag(all_rows.value) over series_in_order as preceding_value,
        lag(all_rows.value_low) over series_in_order as preceding_value_low,
        lag(all_rows.value_high) over series_in_order as preceding_value_high,
        lag(all_rows.period_start) over series_in_order as preceding_period_start
    from all_rows
    inner join definitions on all_rows.metric = definitions.metric
    window series_in_order as (
        partition by
            all_rows.metric, all_rows.period_grain, all_rows.dimension, all_rows.dimension_value, all_rows.currency
        order by all_rows.period_start
    )
),

with_previous as (

    select
        *,
        preceding_period_start = case period_grain
            when 'day' then period_start - interval 1 day
            when 'week' then period_start - interval 7 day
            when 'month' then period_start - interval 1 month
            when 'quarter' then period_start - interval 3 month
            when 'year' then period_start - interval 1 year
        end as follows_directly
    from with_registry
),

with_change as (

    select
        *,
        case when follows_directly then preceding_value end as previous_value,
        case
            when follows_directly
                then {{ difference_low("value", "value_low", "preceding_value", "preceding_value_high") }}
        end as change_low,
        case
            when follows_directly
                then {{ difference_high("value", "value_high", "preceding_value", "preceding_value_low") }}
        end as change_high
    from with_previous
),

metric_values as (

    select
        with_change.metric,
        with_change.period_grain,
        with_change.period_start,
        with_change.dimension,
        with_change.dimension_value,
        with_change.unit,
        with_change.currency,

        cast(with_change.numerator as double) as numerator,
        cast(with_change.denominator as double) as denominator,
        cast(with_change.sum_squares as double) as sum_squares,
        cast(with_change.n as bigint) as n,
        cast(with_change.value as double) as value,
        cast(with_change.value_low as double) as value_low,
        cast(with_change.value_high as double) as value_high,
        cast(coalesce(with_change.pending_n, 0) as bigint) as pending_n,
        cast(targets.target_value as double) as target_value,
        cast(with_change.previous_value as double) as previous_value,
        cast(with_change.value - with_change.previous_value as double) as change,
        cast(with_change.change_low as double) as change_low,
        cast(with_change.change_high as double) as change_high,

        coalesce(
            with_change.period_end + interval 1 day * (with_change.window_days + {{ var("lateness_days") }})
            < {{ as_of_date() }} + interval 1 day,
            false
        ) as is_final,

        with_change.change_low > 0 or with_change.change_high < 0 as is_change_significant,

        {{ as_of_date() }} as as_of
    from with_change
    left join targets
        on
            with_change.metric = targets.metric
            and with_change.dimension = targets.dimension
            and with_change.dimension_value = targets.dimension_value
            and coalesce(with_change.period_start, {{ as_of_date() }}) >= targets.valid_from
            and coalesce(coalesce(with_change.period_start, {{ as_of_date() }}) < targets.valid_to, true)
)

select * from metric_values
