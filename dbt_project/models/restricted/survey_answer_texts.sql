-- Grain: one row per answer in words. What people write may name them: never published unless asked for.

with answers as (

    select * from {{ ref("int_survey_answers_scored") }}
    where value_text is not null
),

survey_answer_texts as (

    select
        answer_key,
        source_system,
        response_id,
        question_id,
        customer_id,

        survey,
        metric,
        value_text,

        responded_at
    from answers
)

select * from survey_answer_texts
