-- Grain: one row per metric, period and answer that counts in it: the latest of a person.
-- A person counts once per period, by responded_at, then response_id; transactional answers once per person and
-- touchpoint. The choice is made before any split, so that members add up to `all`. Whoever is unknown is a person of
-- their own. Relational and transactional answers, and answers on different scales, never meet in one metric. Answers
-- that no headline may use (nps_unknown_programme and the like) are kept for mart_nps.

with counted_answers as (

    select * from {{ ref("fct_survey_answers") }}
    where
        is_counted
        and metric in ('nps', 'fcr')
),

period_days as (

    select * from {{ ref("period_days") }}
),

answers_by_metric as (

    select
        * exclude (metric),
        case
            when scale = '0-10' and programme = 'relational' then 'nps'
            when scale = '0-10' and programme = 'transactional' then 'nps_transactional'
            when scale = '0-10' then 'nps_unknown_programme'
            when programme = 'relational' then 'nps_other_scale'
            when programme = 'transactional' then 'nps_transactional_other_scale'
            else 'nps_unknown_programme_other_scale'
        end as metric
    from counted_answers
    where metric = 'nps'

    union all by name

    select
        * exclude (metric),
        'nps_scale_1_10' as metric
    from counted_answers
    where
        metric = 'nps'
        and scale = '1-10'
        and programme = 'relational'

    union all by name

    select
        * exclude (metric),
        'fcr_reported' as metric
    from counted_answers
    where metric = 'fcr'
),

answers_in_periods as (

    select
        answers_by_metric.*,
        period_days.period_grain,
        period_days.period_start,
        case
            when answers_by_metric.customer_id = '-1' then answers_by_metric.response_key
            else answers_by_metric.customer_id
        end as person,
        case
            when answers_by_metric.programme = 'transactional' and answers_by_metric.metric <> 'fcr_reported'
                then coalesce(answers_by_metric.touchpoint, 'unknown')
        end as counted_touchpoint
    from answers_by_metric
    inner join period_days on answers_by_metric.responded_date = period_days.date_day
    where
        period_days.period_grain <> 'trailing'
        or answers_by_metric.responded_at
        > {{ local_midnight(as_of_date() ~ " - interval (" ~ var("trailing_days") ~ " - 1) day") }}
),

latest_survey_answers_by_period as (

    select
        metric,
        period_grain,
        period_start,

        answer_key,
        customer_id,
        account_id,

        programme,
        survey,
        channel,
        touchpoint,
        segment,
        country,
        scale,

        coalesce(nps_group, nps_group_other_scale) as box,

        is_resolved_first_contact
    from answers_in_periods
    qualify row_number() over (
        partition by metric, period_grain, period_start, person, counted_touchpoint
        order by responded_at desc, response_id desc, question_id desc, source_system desc
    ) = 1
)

select * from latest_survey_answers_by_period
