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

persons as (

    select
        *,
        case when customer_id = '-1' then cast(response_key as varchar) else customer_id end as person,
        case
            when programme = 'transactional' and metric <> 'fcr_reported' then coalesce(touchpoint, 'unknown')
        end as counted_touchpoint
    from answers_by_metric
),

-- An answer is the latest of its period if the next one of the same person falls into another: one pass over the
-- answers, instead of one over their copies in every period.
answers_with_next as (

    select
        *,
        lead(responded_date) over (
            partition by metric, person, counted_touchpoint
            order by responded_at, response_id, question_id, source_system
        ) as next_responded_date
    from persons
),

latest_survey_answers_by_period as (

    select
        answers_with_next.metric,
        period_days.period_grain,
        period_days.period_start,

        answers_with_next.answer_key,
        answers_with_next.customer_id,
        answers_with_next.account_id,

        answers_with_next.programme,
        answers_with_next.survey,
        answers_with_next.channel,
        answers_with_next.touchpoint,
        answers_with_next.segment,
        answers_with_next.country,
        answers_with_next.scale,

        coalesce(answers_with_next.nps_group, answers_with_next.nps_group_other_scale) as box,

        answers_with_next.is_resolved_first_contact
    from answers_with_next
    inner join period_days on answers_with_next.responded_date = period_days.date_day
    left join period_days as next_period_days
        on
            answers_with_next.next_responded_date = next_period_days.date_day
            and period_days.period_grain = next_period_days.period_grain
            and period_days.period_start is not distinct from next_period_days.period_start
    where
        next_period_days.date_day is null
        and (
            period_days.period_grain <> 'trailing'
            or answers_with_next.responded_at > {{ trailing_start() }}
        )
)

select * from latest_survey_answers_by_period
