-- Grain: one row per period x programme x segment x channel x touchpoint.
-- Every counted answer to an effort question, turned so that high is easy. Three published methods stand side by
-- side: the share of the easy part (headline), the mean of one scale, and very easy minus hard. Invitations are those
-- sent in the period.

with ratings as (

    select *
    from {{ ref("survey_rating_cells") }}
    where
        metric = 'ces'
        and period_grain in ('month', 'quarter', 'year', 'all_time', 'trailing')
),

invitations as (

    select *
    from {{ ref("survey_invitation_cells") }}
    where
        asks_ces
        and period_grain in ('month', 'quarter', 'year', 'all_time', 'trailing')
),

parts as (

    select
        period_grain,
        period_start,
        programme,
        {{ survey_members() }},
        scale,
        easy_n,
        very_easy_n,
        hard_n,
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
        cast(coalesce(sum(easy_n), 0) as bigint) as easy_n,
        cast(coalesce(sum(very_easy_n), 0) as bigint) as very_easy_n,
        cast(coalesce(sum(hard_n), 0) as bigint) as hard_n,
        cast(coalesce(sum(n), 0) as bigint) as n,
        cast(coalesce(sum(delivered_n), 0) as bigint) as delivered_n,
        cast(coalesce(sum(completed_n), 0) as bigint) as completed_n,
        case when min(scale) = max(scale) then min(scale) end as scale,
        case when min(scale) = max(scale) then sum(score_sum) end as score_sum,
        case when min(scale) = max(scale) then sum(score_sum_squares) end as score_sum_squares
    from parts
    group by all
),

mart_ces as (

    select
        period_grain,
        period_start,
        programme,
        segment,
        channel,
        touchpoint,
        scale,

        easy_n,
        very_easy_n,
        hard_n,
        n,
        score_sum,
        score_sum_squares,
        delivered_n,
        completed_n,

        {{ percent("easy_n", "n") }} as ces,
        {{ wilson_low("easy_n", "n") }} as ces_low,
        {{ wilson_high("easy_n", "n") }} as ces_high,
        {{ safe_divide("score_sum", "n") }} as ces_mean,
        {{ percent("very_easy_n - hard_n", "n") }} as ces_net,
        {{ percent("completed_n", "delivered_n") }} as response_rate
    from cells
)

select * from mart_ces
