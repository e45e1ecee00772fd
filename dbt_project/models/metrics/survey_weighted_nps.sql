-- Grain: one row per weighted NPS metric, period grain and period; for all customers together.
-- The same answers as `nps`, each person's latest, weighted otherwise: every account alike (nps_account_mean), accounts by
-- their MRR at the period's end (nps_revenue_weighted), and segments by their customers at the period's end
-- (nps_poststratified), which undoes that some segments answer more than others.

with answers as (

    select *
    from {{ ref("latest_survey_answers_by_period") }}
    where metric = 'nps'
),

answers_by_account as (

    select
        period_grain,
        period_start,
        account_id,
        {{ percent("count(*) filter (where box = 'promoter') - count(*) filter (where box = 'detractor')", "count(*)") }} as account_nps
    from answers
    where account_id <> '-1'
    group by period_grain, period_start, account_id
),

account_means as (

    select
        period_grain,
        period_start,
        sum(account_nps) as numerator,
        count(*) as denominator,
        sum(account_nps * account_nps) as sum_squares,
        count(*) as n
    from answers_by_account
    group by period_grain, period_start
),

survey_weighted_nps as (

    select
        'nps_account_mean' as metric,
        period_grain,
        period_start,

        n,
        numerator,
        denominator,
        sum_squares,
        {{ safe_divide("numerator", "n") }} as value,
        case when n > 1 then greatest(-100.0, {{ mean_low("numerator", "sum_squares", "n") }}) end as value_low,
        case when n > 1 then least(100.0, {{ mean_high("numerator", "sum_squares", "n") }}) end as value_high
    from account_means
)

select * from survey_weighted_nps
