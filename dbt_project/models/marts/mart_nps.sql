-- Grain: one row per period x programme x segment x channel x touchpoint.
-- One answer per person and period, the latest, chosen before it falls into a cell (transactional: per touchpoint):
-- so the cells of a programme add up to its metric in metric_values. Only the 0-10 scale has boxes; answers on any
-- other scale are in other_scale_n. Invitations are those sent in the period, so that one query tells the score and
-- whom it speaks for.

with answers as (

    select *
    from {{ ref("latest_survey_answers_by_period") }}
    where
        metric like 'nps%'
        and metric <> 'nps_scale_1_10'
        and period_grain in ('month', 'quarter', 'year', 'all_time', 'trailing')
),

invitations as (

    select *
    from {{ ref("survey_invitation_cells") }}
    where
        asks_nps
        and period_grain in ('month', 'quarter', 'year', 'all_time', 'trailing')
),

parts as (

    select
        period_grain,
        period_start,
        programme,
        {{ survey_members() }},
        count(*) filter (where scale = '0-10' and box = 'promoter') as promoters,
        count(*) filter (where scale = '0-10' and box = 'passive') as passives,
        count(*) filter (where scale = '0-10' and box = 'detractor') as detractors,
        count(*) filter (where scale = '0-10') as n,
        count(*) filter (where scale <> '0-10') as other_scale_n,
        0 as delivered_n,
        0 as completed_n
    from answers
    group by all

    union all by name

    select
        period_grain,
        period_start,
        programme,
        {{ survey_members() }},
        sum(delivered_n) as delivered_n,
        sum(completed_n) as completed_n
    from invitations
    group by all
),

cells as (

    select
        period_grain,
        period_start,
        programme,
        segment,
        channel,
        touchpoint,
        cast(coalesce(sum(promoters), 0) as bigint) as promoters,
        cast(coalesce(sum(passives), 0) as bigint) as passives,
        cast(coalesce(sum(detractors), 0) as bigint) as detractors,
        cast(coalesce(sum(n), 0) as bigint) as n,
        cast(coalesce(sum(other_scale_n), 0) as bigint) as other_scale_n,
        cast(coalesce(sum(delivered_n), 0) as bigint) as delivered_n,
        cast(coalesce(sum(completed_n), 0) as bigint) as completed_n
    from parts
    group by all
),

mart_nps as (

    select
        period_grain,
        period_start,
        programme,
        segment,
        channel,
        touchpoint,

        promoters,
        passives,
        detractors,
        n,
        other_scale_n,
        delivered_n,
        completed_n,

        {{ percent("promoters - detractors", "n") }} as nps,
        {{ nps_low("promoters", "detractors", "n") }} as nps_low,
        {{ nps_high("promoters", "detractors", "n") }} as nps_high,
        {{ percent("completed_n", "delivered_n") }} as response_rate
    from cells
)

select * from mart_nps
