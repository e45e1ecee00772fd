-- Grain: one row per customer with a counted NPS, CSAT or CES answer; the latest of each.
-- NPS is the latest relational answer, for want of one the latest transactional; only the 0-10 scale has one.

with counted_answers as (

    select *
    from {{ ref("int_survey_answers_scored") }}
    where
        exclusion_reason is null
        and customer_id <> '-1'
),

latest_answers as (

    select *
    from counted_answers
    where
        metric in ('csat', 'ces')
        or (metric = 'nps' and scale = '0-10')
    qualify row_number() over (
        partition by customer_id, metric
        order by
            metric = 'nps' and programme = 'relational' desc,
            responded_at desc,
            response_id desc,
            question_id desc,
            source_system desc
    ) = 1
),

int_customer_survey_scores as (

    select
        customer_id,

        max(box) filter (where metric = 'nps') as nps_group,

        max(score) filter (where metric = 'nps') as last_nps,
        max(score) filter (where metric = 'csat') as last_csat,
        max(score) filter (where metric = 'ces') as last_ces,

        bool_or(is_satisfied) filter (where metric = 'csat') as is_satisfied,
        bool_or(is_easy) filter (where metric = 'ces') as is_easy,

        max(responded_at) filter (where metric = 'nps') as last_nps_at,
        max(responded_at) filter (where metric = 'csat') as last_csat_at,
        max(responded_at) filter (where metric = 'ces') as last_ces_at
    from latest_answers
    group by customer_id
)

select * from int_customer_survey_scores
