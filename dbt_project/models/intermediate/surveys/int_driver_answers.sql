-- Grain: one row per outcome (NPS, CSAT, effort), driver and response in which both were answered.
-- A driver is a question of metric `driver`; its name is its topic, else its id. Of several questions of one outcome or
-- driver in a response the first by id is taken. Scores are turned so that high is good, and put on 0 to 100 by the
-- ends of their scale; a driver without a scale has no performance. An expectation is one of the same topic and scale.

with answers as (

    select *
    from {{ ref("int_survey_answers_scored") }}
    where
        exclusion_reason is null
        and value_number is not null
),

questions as (

    select * from {{ ref("int_survey_questions_described") }}
),

turned as (

    select
        answers.*,
        lower(trim(answers.topic)) as topic_name,
        questions.scale_min,
        questions.scale_max,
        case
            when questions.direction = 'low_good' then questions.scale_min + questions.scale_max - answers.value_number
            else answers.value_number
        end as turned_score
    from answers
    inner join questions on answers.question_key = questions.question_key
),

outcomes as (

    select *
    from turned
    where metric in ('nps', 'csat', 'ces')
    qualify row_number() over (partition by response_key, metric order by question_id, source_system) = 1
),

drivers as (

    select
        *,
        coalesce(topic_name, question_id) as driver
    from turned
    where metric = 'driver'
    qualify row_number() over (
        partition by response_key, coalesce(topic_name, question_id) order by question_id, source_system
    ) = 1
),

expectations as (

    select *
    from turned
    where
        metric = 'expectation'
        and topic_name is not null
    qualify row_number() over (
        partition by response_key, topic_name, scale order by question_id, source_system
    ) = 1
),

int_driver_answers as (

    select
        {{ surrogate_key(["outcomes.answer_key", "drivers.answer_key"]) }} as driver_answer_key,
        drivers.response_key,

        drivers.survey,
        outcomes.metric as outcome,
        drivers.driver,
        drivers.scale,
        coalesce(drivers.segment, 'unknown') as segment,

        outcomes.turned_score as outcome_score,
        drivers.turned_score as driver_score,
        {{ percent("drivers.turned_score - drivers.scale_min", "drivers.scale_max - drivers.scale_min") }}
        as performance_pct,
        drivers.turned_score - expectations.turned_score as expectation_gap,

        drivers.responded_date
    from drivers
    inner join outcomes on drivers.response_key = outcomes.response_key
    left join expectations
        on
            drivers.response_key = expectations.response_key
            and drivers.topic_name = expectations.topic_name
            and drivers.scale = expectations.scale
)

select * from int_driver_answers
