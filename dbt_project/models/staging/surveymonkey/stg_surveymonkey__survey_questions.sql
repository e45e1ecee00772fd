-- Grain: one row per delivered version of a question of a survey of SurveyMonkey, or of a part of one.
-- NPS is the question type of that name. What else is a metric a setting says, by the id of the question or of its
-- part, and the question needs a scale: choices with numbers, or the ends of a slider. All else is text.
-- The details of a survey yield many rows; their places make the number of the row unique.

{{ config(materialized="view") }}

with parts as (

    select * from {{ ref("base_surveymonkey__question_parts") }}
),

scales as (

    select
        source_system,
        survey_id,
        survey_question_id,
        _load_sequence,
        _row_number,
        bool_or(is_of_nps) as is_of_nps,
        min(value) as lowest,
        max(value) as highest
    from {{ ref("base_surveymonkey__question_choices") }}
    where is_on_scale
    group by source_system, survey_id, survey_question_id, _load_sequence, _row_number
),

parts_with_scale as (

    select
        parts.*,
        coalesce(scales.is_of_nps, false) as is_of_nps,
        case when parts.display_type = 'slider' then coalesce(parts.entry_min, 0.0) else scales.lowest end as lowest,
        case when parts.display_type = 'slider' then coalesce(parts.entry_max, 100.0) else scales.highest end as highest
    from parts
    left join scales
        on
            parts.source_system = scales.source_system
            and parts.survey_id = scales.survey_id
            and parts.survey_question_id = scales.survey_question_id
            and parts._load_sequence = scales._load_sequence
            and parts._row_number = scales._row_number
            and parts.kind in ('question', 'row')
),

parts_with_metric as (

    select
        *,
        case
            when kind = 'other' or lowest is null or highest is null or lowest >= highest then 'text'
            when is_of_nps then 'nps'
            else coalesce({{ surveymonkey_metric("survey_question_id", "part") }}, 'text')
        end as metric
    from parts_with_scale
)

select
    source_system,
    part as question_id,
    survey_id,
    metric,
    nullif(concat_ws(' - ', heading, row_label), '') as text,
    language,
    case when metric <> 'text' then lowest end as scale_min,
    case when metric <> 'text' then highest end as scale_max,
    cast(null as varchar) as version,
    cast(null as timestamptz) as valid_from,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 1000000 + row_number() over (partition by _load_sequence, _row_number order by part) as _row_number,
    _extra,
    _is_tombstone
from parts_with_metric
