-- Grain: one row per metric (csat, ces), period, programme, survey, channel, touchpoint, segment, country and scale.
-- Every counted answer counts: a customer who rates three deliveries has rated three deliveries.

with counted_answers as (

    select *
    from {{ ref("fct_survey_answers") }}
    where
        is_counted
        and metric in ('csat', 'ces')
),

period_days as (

    select * from {{ ref("period_days") }}
),

cells_by_day as (

    select
        metric,
        responded_date,
        programme,
        survey,
        channel,
        touchpoint,
        segment,
        country,
        scale,
        count(*) as n,
        count(*) filter (where is_satisfied) as satisfied_n,
        count(*) filter (where is_easy) as easy_n,
        count(*) filter (where is_very_easy) as very_easy_n,
        count(*) filter (where is_hard) as hard_n,
        sum(score) as score_sum,
        sum(score * score) as score_sum_squares
    from counted_answers
    group by all
),

survey_rating_cells as (

    select
        cells_by_day.metric,
        period_days.period_grain,
        period_days.period_start,

        cells_by_day.programme,
        cells_by_day.survey,
        cells_by_day.channel,
        cells_by_day.touchpoint,
        cells_by_day.segment,
        cells_by_day.country,
        cells_by_day.scale,

        sum(cells_by_day.n) as n,
        sum(cells_by_day.satisfied_n) as satisfied_n,
        sum(cells_by_day.easy_n) as easy_n,
        sum(cells_by_day.very_easy_n) as very_easy_n,
        sum(cells_by_day.hard_n) as hard_n,
        sum(cells_by_day.score_sum) as score_sum,
        sum(cells_by_day.score_sum_squares) as score_sum_squares
    from cells_by_day
    inner join period_days on cells_by_day.responded_date = period_days.date_day
    group by all
)

select * from survey_rating_cells
