-- Grain: one row per quality review made before as_of, with its score.
-- The score is the mean of the answers' scores on 0 to 100 by the weight of their items, without what did not apply;
-- a critical item that fails makes it 0. Agent, reviewer and team are those of the review's instant.

{% set areas = ["soft_skills", "process_adherence", "compliance", "overall_outcome"] -%}

with reviews as (

    select *
    from {{ ref("int_qa_reviews_current") }}
    where
        not coalesce(is_deleted, false)
        and reviewed_at < {{ as_of_cut() }}
),

sums as (

    select
        source_system,
        review_id,
        count(*) as answer_count,
        count(score_percent) as scored_count,
        {{ exact_sum("case when exclusion_reason is null then weight end") }} as weight,
        {{ exact_sum("weight * score_percent") }} as weighted_scores,
        {% for area in areas -%}
        {{ exact_sum("case when exclusion_reason is null and area = '" ~ area ~ "' then weight end") }}
        as {{ area }}_weight,
        {{ exact_sum("case when area = '" ~ area ~ "' then weight * score_percent end") }}
        as {{ area }}_weighted_scores,
        {% endfor -%}
        coalesce(bool_or(is_critical and is_failed), false) as is_auto_fail,
        not bool_or(case when area = 'compliance' then is_failed end) as is_compliance_passed
    from {{ ref("int_qa_answers_scored") }}
    group by source_system, review_id
),

scores as (

    select
        *,
        case when is_auto_fail then 0.0 else {{ safe_divide("weighted_scores", "weight") }} end as score
    from sums
),

subjects as (

    select * from {{ ref("int_service_subjects") }}
),

agents as (

    select
        *,
        {{ is_of_one_system("agent_id") }} as is_of_one_system
    from {{ ref("dim_agents") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

test_customers as (

    select customer_id
    from {{ ref("dim_customers") }}
    where
        is_test
        and is_current
),

reviews_with_customers as (

    select
        reviews.*,
        tickets.subject_key as ticket_key,
        interactions.subject_key as interaction_key,
        coalesce(nullif(tickets.customer_id, '-1'), interactions.customer_id, '-1') as customer_id
    from reviews
    left join subjects as tickets
        on
            tickets.entity = 'tickets'
            and reviews.source_system = tickets.source_system
            and reviews.ticket_id = tickets.reference_id
    left join subjects as interactions
        on
            interactions.entity = 'interactions'
            and reviews.source_system = interactions.source_system
            and reviews.interaction_id = interactions.reference_id
),

fct_qa_reviews as (

    select
        {{ surrogate_key(["reviews.source_system", "reviews.review_id"]) }} as qa_review_key,
        reviews.source_system,
        reviews.review_id,
        coalesce(customers.customer_key, -1) as customer_key,
        reviews.customer_id,
        coalesce(agents.agent_key, -1) as agent_key,
        reviews.agent_id,
        coalesce(reviewers.agent_key, -1) as reviewer_key,
        reviews.reviewer_id,
        reviews.ticket_key,
        reviews.ticket_id,
        reviews.interaction_key,
        reviews.interaction_id,
        reviews.form_id,
        reviews.calibration_id,

        agents.team,
        reviews.sampling_method,

        scores.score,
        {% for area in areas -%}
        {{ safe_divide("scores." ~ area ~ "_weighted_scores", "scores." ~ area ~ "_weight") }} as {{ area }}_score,
        {% endfor -%}
        coalesce(scores.answer_count, 0) as answer_count,
        coalesce(scores.scored_count, 0) as scored_count,

        coalesce(scores.is_auto_fail, false) as is_auto_fail,
        scores.is_compliance_passed,
        coalesce(reviews.is_calibration, false) as is_calibration,
        test_customers.customer_id is not null as is_test,
        scores.score is not null
        and coalesce(reviews.sampling_method, 'random') <> 'targeted'
        and not coalesce(reviews.is_calibration, false)
        and test_customers.customer_id is null as is_counted,

        {{ local_date("reviews.reviewed_at") }} as reviewed_date,
        reviews.reviewed_at
    from reviews_with_customers as reviews
    left join scores
        on
            reviews.source_system = scores.source_system
            and reviews.review_id = scores.review_id
    left join agents
        on
            reviews.agent_id = agents.agent_id
            and {{ is_meant("reviews", "agents") }}
            and reviews.reviewed_at >= agents.valid_from
            and reviews.reviewed_at < agents.valid_to
    left join agents as reviewers
        on
            reviews.reviewer_id = reviewers.agent_id
            and {{ is_meant("reviews", "reviewers") }}
            and reviews.reviewed_at >= reviewers.valid_from
            and reviews.reviewed_at < reviewers.valid_to
    left join customers
        on
            reviews.customer_id = customers.customer_id
            and reviews.reviewed_at >= customers.valid_from
            and reviews.reviewed_at < customers.valid_to
    left join test_customers on reviews.customer_id = test_customers.customer_id
)

select * from fct_qa_reviews
