-- Grain: one row per quality review and item that it scores. What counts, and how, is written in
-- int_qa_answers_scored. Comments of reviewers may name people: they stay in staging.

with answers as (

    select * from {{ ref("int_qa_answers_scored") }}
),

reviews as (

    select * from {{ ref("fct_qa_reviews") }}
),

fct_qa_answers as (

    select
        answers.qa_answer_key,
        answers.source_system,
        reviews.qa_review_key,
        answers.review_id,
        answers.qa_item_key,
        answers.form_id,
        answers.item_id,
        coalesce(reviews.customer_key, -1) as customer_key,
        coalesce(reviews.customer_id, '-1') as customer_id,
        coalesce(reviews.agent_key, -1) as agent_key,
        reviews.agent_id,

        answers.area,
        reviews.team,
        answers.root_cause,
        answers.exclusion_reason,

        answers.score,
        answers.score_percent,
        answers.weight,

        answers.is_critical,
        answers.is_failed,
        answers.exclusion_reason is null and coalesce(reviews.is_counted, false) as is_counted,

        reviews.reviewed_date,
        reviews.reviewed_at
    from answers
    left join reviews
        on
            answers.source_system = reviews.source_system
            and answers.review_id = reviews.review_id
)

select * from fct_qa_answers
