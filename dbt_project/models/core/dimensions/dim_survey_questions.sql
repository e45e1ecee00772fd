-- Grain: one row per question, version and language of a source system, retired ones included, and the unknown one.

with questions as (

    select * from {{ ref("int_survey_questions_described") }}
),

surveys as (

    select * from {{ ref("int_surveys_described") }}
),

dim_survey_questions as (

    select
        questions.question_key,
        questions.source_system,
        questions.question_id,
        questions.version,
        questions.language,
        coalesce(surveys.survey_key, -1) as survey_key,

        questions.metric,
        questions.topic,
        questions.object,
        questions.question_text,
        questions.direction,
        questions.scale,

        questions.scale_min,
        questions.scale_max,
        questions.satisfied_from,

        questions.is_scale_assumed,
        questions.is_retired,

        questions.valid_from,
        questions.valid_to
    from questions
    left join surveys on questions.survey_key = surveys.survey_key
    union all by name
    select
        -1 as question_key,
        '-1' as source_system,
        '-1' as question_id,
        -1 as survey_key,
        'unknown' as metric,
        false as is_scale_assumed,
        false as is_retired
)

select * from dim_survey_questions
