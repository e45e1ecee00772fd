-- Grain: one row per answer of a response to a question, with what it says on the question's turned scale.
-- Every delivered answer is here: one that counts in no metric says why in exclusion_reason. An answer whose response
-- is deleted, or later than the cut, does not exist; one whose response never came is kept and names no customer or
-- day. The question row is that of the version asked, else the latest version valid at the response; its wording in
-- the language of the response, else without language, else the first by name.

with answers as (

    select *
    from {{ ref("int_survey_answers_current") }}
    where not coalesce(is_deleted, false)
),

responses as (

    select * from {{ ref("int_survey_responses_resolved") }}
),

delivered_responses as (

    select
        source_system,
        response_id
    from {{ ref("int_survey_responses_current") }}
),

questions as (

    select * from {{ ref("int_survey_questions_described") }}
),

-- All rows of a question in three orders, of which each answer takes what suits it.
questions_in_order as (

    select
        *,
        dense_rank() over (
            partition by source_system, question_id
            order by
                valid_from desc nulls last,
                try_cast(version as double) desc nulls last,
                version desc nulls last
        ) as place_from_latest,
        dense_rank() over (
            partition by source_system, question_id
            order by
                valid_from asc nulls first,
                try_cast(version as double) desc nulls last,
                version desc nulls last
        ) as place_from_earliest,
        dense_rank() over (
            partition by source_system, question_id
            order by language asc nulls first
        ) as place_of_language
    from questions
),

answers_that_exist as (

    select
        {{ surrogate_key(["answers.source_system", "answers.response_id", "answers.question_id"]) }} as answer_key,
        answers.source_system,
        answers.response_id,
        answers.question_id,
        answers.question_version,
        answers.value_number,
        nullif(trim(answers.value_text), '') as value_text,
        responses.response_key,
        responses.language,
        responses.responded_at
    from answers
    left join responses
        on
            answers.source_system = responses.source_system
            and answers.response_id = responses.response_id
    left join delivered_responses
        on
            answers.source_system = delivered_responses.source_system
            and answers.response_id = delivered_responses.response_id
    where
        responses.response_key is not null
        or (
            delivered_responses.response_id is null
            and (answers.updated_at is null or answers.updated_at < {{ as_of_cut() }})
        )
),

-- One number says how well a question row suits an answer, the least best: first the version asked, then one that had
-- begun at the response (the latest) before one that had not (the earliest), then the language. A number is picked by
-- an aggregate; to sort all pairs by eight columns took five times as long. A million versions have room.
suitable_questions as (

    select
        answers_that_exist.answer_key,
        questions.question_key,
        (
            (
                case when questions.version = answers_that_exist.question_version then 0 else 2 end
                + case when questions.valid_from <= answers_that_exist.responded_at then 0 else 1 end
            ) * 1000000
            + case
                when questions.valid_from <= answers_that_exist.responded_at then questions.place_from_latest
                else questions.place_from_earliest
            end
        ) * 3000000
        + case
            when lower(questions.language) = answers_that_exist.language then 0
            when split_part(lower(questions.language), '-', 1) = split_part(answers_that_exist.language, '-', 1) then 1
            else 2
        end * 1000000
        + questions.place_of_language as place
    from answers_that_exist
    inner join questions_in_order as questions
        on
            answers_that_exist.source_system = questions.source_system
            and answers_that_exist.question_id = questions.question_id
),

question_of_answer as (

    select
        answer_key,
        min_by(question_key, place) as question_key
    from suitable_questions
    group by answer_key
),

answers_with_question as (

    select
        answers_that_exist.*,
        questions.question_key,
        questions.metric,
        questions.topic,
        questions.object,
        questions.direction,
        questions.scale,
        questions.scale_min,
        questions.scale_max,
        questions.satisfied_from,
        questions.hard_up_to
    from answers_that_exist
    left join question_of_answer on answers_that_exist.answer_key = question_of_answer.answer_key
    left join questions on question_of_answer.question_key = questions.question_key
),

turned as (

    select
        *,
        case
            when direction = 'low_good' and metric in ('nps', 'csat', 'ces') then scale_min + scale_max - value_number
            else value_number
        end as score
    from answers_with_question
),

int_survey_answers_scored as (

    select
        turned.answer_key,
        turned.source_system,
        turned.response_id,
        turned.question_id,
        turned.question_version,
        coalesce(turned.response_key, -1) as response_key,
        coalesce(turned.question_key, -1) as question_key,
        coalesce(responses.survey_key, -1) as survey_key,
        coalesce(responses.customer_id, '-1') as customer_id,
        coalesce(responses.account_id, '-1') as account_id,
        responses.agent_id,
        responses.product_id,

        coalesce(responses.survey, 'unknown') as survey,
        coalesce(responses.programme, 'unknown') as programme,
        responses.channel,
        responses.touchpoint,
        responses.segment,
        responses.country,
        turned.metric,
        turned.topic,
        turned.object,
        turned.scale,
        turned.value_text,
        case
            when turned.metric <> 'nps' or turned.score is null then null
            when turned.score >= turned.scale_max - 1 then 'promoter'
            when turned.score >= turned.scale_max - 3 then 'passive'
            else 'detractor'
        end as box,
        case
            when turned.response_key is null then 'unknown_response'
            when turned.question_key is null then 'unknown_question'
            when responses.exclusion_reason is not null then responses.exclusion_reason
            when turned.metric = 'text' and turned.value_text is null then 'no_answer'
            when turned.metric <> 'text' and turned.value_number is null then 'no_answer'
            when turned.value_number < turned.scale_min or turned.value_number > turned.scale_max then 'out_of_range'
            when turned.metric = 'nps' and turned.value_number <> floor(turned.value_number) then 'out_of_range'
        end as exclusion_reason,

        turned.value_number,
        turned.score,

        case when turned.metric = 'csat' then turned.score >= turned.satisfied_from end as is_satisfied,
        case when turned.metric = 'ces' then turned.score >= turned.satisfied_from end as is_easy,
        case when turned.metric = 'ces' then turned.score >= turned.scale_max - 1 end as is_very_easy,
        case when turned.metric = 'ces' then turned.score <= turned.hard_up_to end as is_hard,
        case when turned.metric = 'fcr' then turned.value_number = 1 end as is_resolved_first_contact,

        responses.responded_date,
        responses.responded_at
    from turned
    left join responses on turned.response_key = responses.response_key
)

select * from int_survey_answers_scored
