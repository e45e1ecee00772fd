-- Grain: one row per review and item that it scores, of reviews made before the cut.
-- A score is restated on 0 to 100 by the scale that the item had when it was reviewed. What cannot count says why. An
-- item fails below var qa_fails_below_percent; a critical one that fails, fails the review. An answer of a review that
-- was never delivered is here without what only the review tells; one of a review that is deleted or lies after as_of
-- is not.

with answers as (

    select *
    from {{ ref("int_qa_answers_current") }}
    where not coalesce(is_deleted, false)
),

delivered_reviews as (

    select
        source_system,
        review_id,
        form_id,
        reviewed_at,
        not coalesce(is_deleted, false)
        and reviewed_at < {{ as_of_cut() }} as exists_now
    from {{ ref("int_qa_reviews_current") }}
),

items as (

    select * from {{ ref("int_qa_item_versions") }}
),

answers_with_items as (

    select
        answers.source_system,
        answers.review_id,
        delivered_reviews.form_id,
        answers.item_id,
        coalesce(items.qa_item_key, -1) as qa_item_key,
        items.area,
        answers.root_cause,
        answers.score,
        items.weight,
        items.is_critical,
        case
            when answers.score is null then 'not_applicable'
            when items.qa_item_key is null then 'unknown_item'
            when not coalesce(items.score_max > items.score_min, false) then 'no_scale'
            when answers.score < items.score_min or answers.score > items.score_max then 'out_of_range'
        end as exclusion_reason,
        {{ percent("answers.score - items.score_min", "items.score_max - items.score_min") }} as scaled_score
    from answers
    left join delivered_reviews
        on
            answers.source_system = delivered_reviews.source_system
            and answers.review_id = delivered_reviews.review_id
    left join items
        on
            answers.source_system = items.source_system
            and delivered_reviews.form_id = items.form_id
            and answers.item_id = items.item_id
            and delivered_reviews.reviewed_at >= items.valid_from
            and delivered_reviews.reviewed_at < items.valid_to
    where coalesce(delivered_reviews.exists_now, true)
),

int_qa_answers_scored as (

    select
        {{ surrogate_key(["source_system", "review_id", "item_id"]) }} as qa_answer_key,
        source_system,
        review_id,
        qa_item_key,
        form_id,
        item_id,

        area,
        root_cause,
        exclusion_reason,

        score,
        case when exclusion_reason is null then scaled_score end as score_percent,
        weight,

        coalesce(is_critical, false) as is_critical,
        case
            when exclusion_reason is null then scaled_score < {{ var("qa_fails_below_percent") }}
        end as is_failed
    from answers_with_items
)

select * from int_qa_answers_scored
