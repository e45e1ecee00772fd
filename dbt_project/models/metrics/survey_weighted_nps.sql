-- Grain: one row per weighted NPS metric, period grain and period, from the month upwards; for all customers together.
-- The same answers as `nps`, each person's latest, weighted otherwise: every account alike (nps_account_mean),
-- accounts by their MRR at the close of the period (nps_revenue_weighted), segments by their customers at the close
-- of the period (nps_poststratified), which undoes that some segments answer more than others. Accounts without MRR,
-- and segments without an answer or without a customer, are left out of both sums. Where the business states how many
-- customers a survey speaks for, by segment and for the period, these weigh instead: if every survey that was answered
-- then has such a population, added up over them.

with answers as (

    select
        *,
        case box when 'promoter' then 1.0 when 'passive' then 0.0 when 'detractor' then -1.0 end as balance,
        case period_grain
            when 'month' then least(period_start + interval 1 month, {{ as_of_date() }} + interval 1 day)
            when 'quarter' then least(period_start + interval 3 month, {{ as_of_date() }} + interval 1 day)
            when 'year' then least(period_start + interval 1 year, {{ as_of_date() }} + interval 1 day)
            else {{ as_of_date() }} + interval 1 day
        end as period_end
    from {{ ref("latest_survey_answers_by_period") }}
    where
        metric = 'nps'
        and period_grain in ('month', 'quarter', 'year', 'all_time', 'trailing')
),

population_versions as (

    select * from {{ ref("population_versions") }}
),

monthly_revenue as (

    select
        account_id,
        month_start,
        sum(amount) as mrr
    from {{ ref("fct_mrr_monthly") }}
    where account_id <> '-1'
    group by account_id, month_start
),

answers_by_account as (

    select
        period_grain,
        period_start,
        period_end,
        account_id,
        100.0 * avg(balance) as account_nps
    from answers
    where account_id <> '-1'
    group by period_grain, period_start, period_end, account_id
),

account_parts as (

    select
        period_grain,
        period_start,
        count(*) as n,
        {{ exact_sum("account_nps") }} as numerator,
        {{ exact_sum("account_nps * account_nps") }} as sum_squares
    from answers_by_account
    group by period_grain, period_start
),

weighted_accounts as (

    select
        answers_by_account.*,
        cast(monthly_revenue.mrr as double) as weight
    from answers_by_account
    inner join monthly_revenue
        on
            answers_by_account.account_id = monthly_revenue.account_id
            and monthly_revenue.month_start = date_trunc('month', answers_by_account.period_end) - interval 1 month
    where monthly_revenue.mrr > 0
),

revenue_parts as (

    select
        period_grain,
        period_start,
        count(*) as n,
        {{ exact_sum("weight * account_nps") }} as numerator,
        {{ exact_sum("weight") }} as denominator,
        {{ exact_sum("weight * account_nps * account_nps") }} as sum_squares,
        {{ exact_sum("weight * weight") }} as weight_squares,
        {{ exact_sum("weight * weight * account_nps") }} as weight_squares_by_nps,
        {{ exact_sum("weight * weight * account_nps * account_nps") }} as weight_squares_by_nps_squares
    from weighted_accounts
    group by period_grain, period_start
),

revenue_values as (

    select
        *,
        {{ safe_divide("numerator", "denominator") }} as value
    from revenue_parts
),

revenue_errors as (

    -- Linearised ratio of two sums: the squares of weight x (account - mean), with n / (n - 1).
    select
        *,
        case when n > 1 then sqrt(
            greatest(
                weight_squares_by_nps_squares
                - 2.0 * value * weight_squares_by_nps
                + value * value * weight_squares,
                0.0
            ) * n / (n - 1.0)
        ) / denominator end as standard_error
    from revenue_values
),

population_changes as (

    select
        coalesce(segment, 'unknown') as segment,
        {{ local_date("held_from") }} as changed_on,
        count(*) as customers
    from population_versions
    group by all

    union all

    select
        coalesce(segment, 'unknown') as segment,
        {{ local_date("held_to") }} as changed_on,
        -count(*) as customers
    from population_versions
    group by all
),

stated_populations as (

    select
        survey,
        period_start,
        member as segment,
        population_n
    from {{ ref("fct_survey_populations") }}
    where
        dimension = 'segment'
        and survey is not null
),

surveys_answered as (

    select distinct
        period_grain,
        period_start,
        survey
    from answers
),

stated_surveys as (

    select
        survey,
        period_start
    from stated_populations
    group by survey, period_start
    having sum(population_n) > 0
),

-- Periods of which every survey that was answered has a population.
stated_periods as (

    select
        surveys_answered.period_grain,
        surveys_answered.period_start
    from surveys_answered
    left join stated_surveys
        on
            surveys_answered.survey = stated_surveys.survey
            and surveys_answered.period_start = stated_surveys.period_start
    group by surveys_answered.period_grain, surveys_answered.period_start
    having count(stated_surveys.survey) = count(*)
),

stated_segments as (

    select
        surveys_answered.period_grain,
        surveys_answered.period_start,
        stated_populations.segment,
        sum(stated_populations.population_n) as customers
    from surveys_answered
    inner join stated_periods
        on
            surveys_answered.period_grain = stated_periods.period_grain
            and surveys_answered.period_start = stated_periods.period_start
    inner join stated_populations
        on
            surveys_answered.survey = stated_populations.survey
            and surveys_answered.period_start = stated_populations.period_start
    group by all
),

answers_by_segment as (

    select
        period_grain,
        period_start,
        period_end,
        coalesce(segment, 'unknown') as segment,
        count(*) filter (where box = 'promoter') as promoters,
        count(*) filter (where box = 'detractor') as detractors,
        count(*) as n
    from answers
    group by all
),

counted_segments as (

    select
        answers_by_segment.period_grain,
        answers_by_segment.period_start,
        answers_by_segment.segment,
        answers_by_segment.promoters,
        answers_by_segment.detractors,
        answers_by_segment.n,
        sum(population_changes.customers) as customers
    from answers_by_segment
    inner join population_changes
        on
            answers_by_segment.segment = population_changes.segment
            and answers_by_segment.period_end > population_changes.changed_on
    group by all
),

segments_with_population as (

    select
        counted_segments.period_grain,
        counted_segments.period_start,
        counted_segments.segment,
        counted_segments.promoters,
        counted_segments.detractors,
        counted_segments.n,
        counted_segments.customers
    from counted_segments
    left join stated_periods
        on
            counted_segments.period_grain = stated_periods.period_grain
            and counted_segments.period_start = stated_periods.period_start
    where
        stated_periods.period_grain is null
        and counted_segments.customers > 0

    union all

    select
        answers_by_segment.period_grain,
        answers_by_segment.period_start,
        answers_by_segment.segment,
        answers_by_segment.promoters,
        answers_by_segment.detractors,
        answers_by_segment.n,
        stated_segments.customers
    from answers_by_segment
    inner join stated_segments
        on
            answers_by_segment.period_grain = stated_segments.period_grain
            and answers_by_segment.period_start = stated_segments.period_start
            and answers_by_segment.segment = stated_segments.segment
    where stated_segments.customers > 0
),

segment_parts as (

    select
        period_grain,
        period_start,
        sum(n) as n,
        {{ exact_sum("customers * " ~ percent("promoters - detractors", "n")) }} as numerator,
        cast(sum(customers) as double) as denominator,
        {{ exact_sum(
            "power(customers * " ~ nps_standard_error("promoters", "detractors", "n") ~ ", 2)"
        ) }} as weighted_variance
    from segments_with_population
    group by period_grain, period_start
),

segment_values as (

    select
        *,
        {{ safe_divide("numerator", "denominator") }} as value,
        sqrt(weighted_variance) / denominator as standard_error
    from segment_parts
),

survey_weighted_nps as (

    select
        'nps_account_mean' as metric,
        period_grain,
        period_start,

        n,
        numerator,
        n as denominator,
        sum_squares,
        {{ safe_divide("numerator", "n") }} as value,
        case when n > 1 then greatest(-100.0, {{ mean_low("numerator", "sum_squares", "n") }}) end as value_low,
        case when n > 1 then least(100.0, {{ mean_high("numerator", "sum_squares", "n") }}) end as value_high
    from account_parts

    union all

    select
        'nps_revenue_weighted' as metric,
        period_grain,
        period_start,

        n,
        numerator,
        denominator,
        sum_squares,
        value,
        case when n > 1 then greatest(-100.0, value - {{ z95() }} * standard_error) end as value_low,
        case when n > 1 then least(100.0, value + {{ z95() }} * standard_error) end as value_high
    from revenue_errors

    union all

    select
        'nps_poststratified' as metric,
        period_grain,
        period_start,

        n,
        numerator,
        denominator,
        null as sum_squares,
        value,
        greatest(-100.0, value - {{ z95() }} * standard_error) as value_low,
        least(100.0, value + {{ z95() }} * standard_error) as value_high
    from segment_values
)

select * from survey_weighted_nps
