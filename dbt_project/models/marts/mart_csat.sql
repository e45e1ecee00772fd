-- Grain: one row per period x programme x segment x channel x touchpoint.
-- Every counted answer to a CSAT question; ratings of tickets are csat_ticket, with the service marts. A mean is of
-- one scale alone: a cell that mixes scales has none. Invitations are those sent in the period.

with ratings as (

    select *
    from {{ ref("survey_rating_cells") }}
    where
        metric = 'csat'
        and period_grain in ('month', 'quarter', 'year', 'all_time', 'trailing')
),

invitations as (

    select *
    from {{ ref("survey_invitation_cells") }}
    where
        asks_csat
        and period_grain in ('month', 'quarter', 'year', 'all_time', 'trailing')
),

parts as (

    select
        period_grain,
        period_start,
        programme,
        {{ survey_members() }},
        scale,
        satisfied_n,
        n,
        score_sum,
        score_sum_squares,
        0 as delivered_n,
        0 as completed_n
    from ratings

    union all by name

    select
        period_grain,
        period_start,
        programme,
        {{ survey_members() }},
        delivered_n,
        completed_n
    from invitations
),

cells as (

    select
        period_grain,
        period_start,
        programme,
        segment,
        channel,
        touchpoint,
        cast(coalesce(sum(satisfied_n), 0) as bigint) as satisfied_n,
        cast(coalesce(sum(n), 0) as bigint) as n,
        cast(coalesce(sum(delivered_n), 0) as bigint) as delivered_n,
        cast(coalesce(sum(completed_n), 0) as bigint) as completed_n,
        case when min(scale) = max(scale) then min(scale) end as scale,
        case when min(scale) = max(scale) then sum(score_sum) end as score_sum,
        case when min(scale) = max(scale) then sum(score_sum_squares) end as score_sum_squares
    from parts
    group by all
),

mart_csat as (

    select
        period_grain,
        period_start,
        programme,
        segment,
        channel,
        touchpoint,
        scale,

        satisfied_n,
        n,
        score_sum,
        score_sum_squares,
        delivered_n,
        completed_n,

        {{ percent("satisfied_n", "n") }} as csat,
        {{ wilson_low("satisfied_n", "n") }} as csat_low,
        {{ wilson_high("satisfied_n", "n") }} as csat_high,
        {{ safe_divide("score_sum", "n") }} as csat_mean,
        {{ percent("completed_n", "delivered_n") }} as response_rate
    from cells
)

select * from mart_csat
