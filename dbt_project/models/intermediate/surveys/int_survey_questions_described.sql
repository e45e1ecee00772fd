-- Grain: one row per question, version and language of a source system, with the scale and threshold that hold for it.
-- Scale, direction and threshold are data of the question. What the row leaves open is filled by one rule each: high
-- is good; the scale is the published one of the metric (NPS 0-10, CSAT 1-5, CES 1-7) and is marked as assumed;
-- satisfied are the top two boxes (one of a scale of two points), easy the top three sevenths. Thresholds are meant
-- on the turned scale. A deleted question keeps the last description it had: its past answers were given to it.

with current_questions as (

    select * from {{ ref("int_survey_questions_current") }}
),

delivered_versions as (

    select * from {{ all_versions("survey_questions") }} as delivered
),

last_descriptions_of_deleted as (

    select delivered_versions.*
    from delivered_versions
    inner join current_questions
        on
            delivered_versions.source_system = current_questions.source_system
            and delivered_versions.question_id = current_questions.question_id
            and delivered_versions.version is not distinct from current_questions.version
            and delivered_versions.language is not distinct from current_questions.language
    where
        current_questions.is_deleted
        and not coalesce(delivered_versions.is_deleted, false)
        and (delivered_versions.updated_at is null or delivered_versions.updated_at < {{ as_of_cut() }})
    qualify row_number() over (
        partition by
            delivered_versions.source_system, delivered_versions.question_id,
            delivered_versions.version, delivered_versions.language
        order by
            delivered_versions.updated_at desc nulls last,
            delivered_versions._load_sequence desc,
            delivered_versions._row_number desc
    ) = 1
),

described as (

    select
        *,
        false as is_retired
    from current_questions
    where not coalesce(is_deleted, false)

    union all by name

    select
        *,
        true as is_retired
    from last_descriptions_of_deleted
),

with_scale as (

    select
        *,
        coalesce(scale_min, case metric when 'nps' then 0.0 when 'csat' then 1.0 when 'ces' then 1.0 end) as lowest,
        coalesce(scale_max, case metric when 'nps' then 10.0 when 'csat' then 5.0 when 'ces' then 7.0 end) as highest
    from described
),

with_thresholds as (

    select
        *,
        greatest(1.0, floor(3.0 * (highest - lowest + 1.0) / 7.0)) as three_sevenths
    from with_scale
),

int_survey_questions_described as (

    select
        {{ surrogate_key(["source_system", "question_id", "version", "language"]) }} as question_key,
        source_system,
        question_id,
        version,
        language,
        {{ surrogate_key(["source_system", "survey_id"]) }} as survey_key,
        survey_id,

        metric,
        topic,
        object,
        text as question_text,
        coalesce(direction, 'high_good') as direction,
        {{ scale_name("lowest", "highest") }} as scale,

        lowest as scale_min,
        highest as scale_max,
        case
            when metric in ('csat', 'ces') and satisfied_from is not null then satisfied_from
            when metric = 'csat' then greatest(highest - 1.0, lowest + 1.0)
            when metric = 'ces' then highest - three_sevenths + 1.0
        end as satisfied_from,
        case when metric = 'ces' then lowest + three_sevenths - 1.0 end as hard_up_to,

        metric in ('nps', 'csat', 'ces') and (scale_min is null or scale_max is null) as is_scale_assumed,
        is_retired,

        valid_from,
        coalesce(
            lead(valid_from) over (
                partition by source_system, question_id, language
                order by valid_from nulls first, try_cast(version as double) nulls first, version nulls first
            ),
            cast('9999-12-31 00:00:00+00' as timestamptz)
        ) as valid_to
    from with_thresholds
)

select * from int_survey_questions_described
