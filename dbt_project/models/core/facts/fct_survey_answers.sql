-- Grain: one row per answer of a response to a question, counted or not.
-- nps_group is for the 0-10 scale alone; the boxes of any other scale are apart, so that nobody pools them by mistake.

with answers as (

    select
        *,
        exclusion_reason is null as is_counted
    from {{ ref("int_survey_answers_scored") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

fct_survey_answers as (

    select
        answers.answer_key,
        answers.source_system,
        answers.response_id,
        answers.question_id,
        answers.question_version,
        answers.response_key,
        answers.question_key,
        answers.survey_key,
        coalesce(customers.customer_key, -1) as customer_key,
        answers.customer_id,
        answers.account_id,
        answers.agent_id,
        answers.product_id,

        answers.survey,
        answers.programme,
        answers.channel,
        answers.touchpoint,
        answers.segment,
        answers.country,
        answers.metric,
        answers.topic,
        answers.object,
        answers.scale,
        case when answers.is_counted and answers.scale = '0-10' then answers.box end as nps_group,
        case when answers.is_counted and answers.scale <> '0-10' then answers.box end as nps_group_other_scale,
        answers.exclusion_reason,

        answers.value_number,
        answers.score,

        case when answers.is_counted then answers.is_satisfied end as is_satisfied,
        case when answers.is_counted then answers.is_easy end as is_easy,
        case when answers.is_counted then answers.is_very_easy end as is_very_easy,
        case when answers.is_counted then answers.is_hard end as is_hard,
        case when answers.is_counted then answers.is_resolved_first_contact end as is_resolved_first_contact,
        answers.value_text is not null as has_text,
        answers.is_counted,

        answers.responded_date,
        answers.responded_at
    from answers
    left join customers
        on
            answers.customer_id = customers.customer_id
            and answers.responded_at >= customers.valid_from
            and answers.responded_at < customers.valid_to
)

select * from fct_survey_answers
