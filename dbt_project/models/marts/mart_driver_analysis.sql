-- Grain: one row per period, survey, outcome, segment and driver.
-- Importance is the driver's share of what all drivers together say of the outcome (steps.driver_importance);
-- performance is how customers rate it. Together they say where to begin. It is association, not cause. Segments are
-- apart over all time and in the trailing window only: by quarter and year they are too few.

with answers as (

    select * from {{ ref("int_driver_answers") }}
),

importance as (

    select * from {{ source("steps", "driver_importance") }}
),

periods as (

    select *
    from {{ ref("period_days") }}
    where period_grain in ('quarter', 'year', 'all_time', 'trailing')
),

answers_in_period as (

    select
        answers.*,
        periods.period_grain,
        periods.period_start
    from answers
    inner join periods on answers.responded_date = periods.date_day
),

rated_by_segment as (

    select
        period_grain,
        period_start,
        survey,
        outcome,
        driver,
        case when grouping(segment) = 0 then segment else 'all' end as segment,
        count(*) as answer_n,
        count(performance_pct) as performance_n,
        {{ exact_sum("performance_pct") }} as performance_sum,
        {{ exact_sum("performance_pct * performance_pct") }} as performance_sum_squares,
        count(expectation_gap) as expectation_n,
        {{ exact_sum("expectation_gap") }} as expectation_gap_sum,
        count(*) filter (where expectation_gap > 0) as exceeded_n
    from answers_in_period
    group by grouping sets (
        (period_grain, period_start, survey, outcome, driver),
        (period_grain, period_start, survey, outcome, driver, segment)
    )
    having
        grouping(segment) = 1
        or period_grain in ('all_time', 'trailing')
),

rated as (

    select
        *,
        {{ safe_divide("performance_sum", "performance_n") }} as performance_pct
    from rated_by_segment
),

weighed as (

    select
        rated.*,
        importance.n,
        importance.r_squared,
        importance.correlation,
        importance.share_pct,
        importance.share_pct_low,
        importance.share_pct_high,
        importance.reason,
        count(importance.share_pct) over cell as weighed_n,
        avg(rated.performance_pct) over cell as mean_performance_pct
    from rated
    inner join importance
        on
            rated.period_grain = importance.period_grain
            and rated.period_start is not distinct from importance.period_start
            and rated.survey = importance.survey
            and rated.outcome = importance.outcome
            and rated.segment = importance.segment
            and rated.driver = importance.driver
    window cell as (
        partition by rated.period_grain, rated.period_start, rated.survey, rated.outcome, rated.segment
    )
),

mart_driver_analysis as (

    select
        {{ surrogate_key(["period_grain", "period_start", "survey", "outcome", "segment", "driver"]) }}
        as driver_analysis_key,

        period_grain,
        period_start,
        survey,
        outcome,
        segment,
        driver,

        n,
        answer_n,
        r_squared,
        share_pct as importance_share_pct,
        share_pct_low as importance_share_pct_low,
        share_pct_high as importance_share_pct_high,
        correlation,
        reason as importance_reason,

        performance_pct,
        {{ mean_low("performance_sum", "performance_sum_squares", "performance_n") }} as performance_pct_low,
        {{ mean_high("performance_sum", "performance_sum_squares", "performance_n") }} as performance_pct_high,
        case
            when share_pct is null or performance_pct is null then null
            when share_pct * weighed_n >= 100 and performance_pct < mean_performance_pct then 'improve'
            when share_pct * weighed_n >= 100 then 'keep'
            when performance_pct < mean_performance_pct then 'watch'
            else 'maintain'
        end as quadrant,

        expectation_n,
        {{ safe_divide("expectation_gap_sum", "expectation_n") }} as expectation_gap,
        {{ percent("exceeded_n", "expectation_n") }} as exceeded_rate
    from weighed
)

select * from mart_driver_analysis
