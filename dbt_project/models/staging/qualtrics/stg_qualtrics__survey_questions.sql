-- Grain: one row per delivered version of a question, or part of one, of a survey of Qualtrics, in one language.
-- Parts are what a response answers one by one: the rows of a matrix or slider, the fields of a form, the text beside
-- a choice. They go by the names that responses use: QID4_1, QID3_TEXT. The question type tells NPS; other metrics the
-- data export tag, if it begins with their name (CSAT, CSAT_delivery) and the question has a scale. All else is text.
-- A definition yields many rows; their places make the number of the row unique.

{{ config(materialized="view") }}

with questions as (

    select *
    from {{ ref("base_qualtrics__questions") }}
    where question_type not in ('DB', 'Timing', 'Meta', 'Captcha')
),

options as (

    select * from {{ ref("base_qualtrics__question_options") }}
),

option_scales as (

    select
        source_system,
        survey_id,
        survey_question_id,
        _load_sequence,
        _row_number,
        min(value) as lowest,
        max(value) as highest
    from options
    where is_on_scale
    group by source_system, survey_id, survey_question_id, _load_sequence, _row_number
),

questions_with_scale as (

    select
        questions.*,
        case
            when questions.selector = 'NPS' then 0.0
            when questions.selector = 'STAR' then 1.0
            when questions.question_type = 'Slider' then questions.slider_min
            when questions.selector not in ('MAVR', 'MAHR', 'MACOL', 'MSB') then option_scales.lowest
        end as lowest,
        case
            when questions.selector = 'NPS' then 10.0
            when questions.selector = 'STAR' then questions.star_count
            when questions.question_type = 'Slider' then questions.slider_max
            when questions.selector not in ('MAVR', 'MAHR', 'MACOL', 'MSB') then option_scales.highest
        end as highest
    from questions
    left join option_scales
        on
            questions.source_system = option_scales.source_system
            and questions.survey_id = option_scales.survey_id
            and questions.survey_question_id = option_scales.survey_question_id
            and questions._load_sequence = option_scales._load_sequence
            and questions._row_number = option_scales._row_number
),

questions_with_choices as (

    select
        *,
        {{ each_json_key("choices") }} as choice_id,
        {{ each_json_value("choices") }} as choice
    from questions_with_scale
),

parts as (

    select
        * exclude (lowest, highest),
        case when question_type = 'TE' then survey_question_id || '_TEXT' else survey_question_id end as part,
        cast(null as varchar) as choice_id,
        cast(null as json) as choice,
        case when question_type = 'MC' then lowest end as lowest,
        case when question_type = 'MC' then highest end as highest
    from questions_with_scale
    where
        question_type not in ('Matrix', 'Slider', 'CS', 'RO')
        and selector is distinct from 'FORM'

    union all by name

    select
        *,
        survey_question_id || '_' || choice_id as part
    from questions_with_choices
    where
        question_type in ('Matrix', 'Slider', 'CS', 'RO')
        or selector = 'FORM'

    union all by name

    select
        * exclude (lowest, highest),
        survey_question_id || '_' || choice_id || '_TEXT' as part,
        cast(null as double) as lowest,
        cast(null as double) as highest
    from questions_with_choices
    where
        question_type in ('MC', 'Matrix')
        and {{ json_text("choice", "TextEntry") }} = 'true'
),

parts_with_tag as (

    select
        *,
        lower(coalesce({{ json_text_at("choice_data_export_tags", "choice_id") }}, data_export_tag)) as tag
    from parts
),

parts_with_metric as (

    select
        *,
        case
            when lowest is null or highest is null or lowest >= highest then 'text'
            when selector = 'NPS' then 'nps'
            else coalesce(
                nullif(regexp_extract(tag, '^(nps|csat|ces|fcr|driver|expectation)([^a-z]|$)', 1), ''), 'text'
            )
        end as metric,
        nullif(regexp_extract(tag, '^(driver|expectation)_(.+)$', 2), '') as topic
    from parts_with_tag
),

translations as (

    select
        *,
        {{ each_json_key("translations") }} as translation_language,
        {{ each_json_value("translations") }} as translation
    from parts_with_metric
),

wordings as (

    select
        *,
        base_language as language,
        question_text as wording,
        {{ json_text("choice", "Display") }} as choice_wording
    from parts_with_metric

    union all by name

    select
        * exclude (translation_language, translation),
        lower(translation_language) as language,
        {{ json_text("translation", "QuestionText") }} as wording,
        {{ json_text_at(json_text("translation", "Choices"), "choice_id", "/Display") }} as choice_wording
    from translations
    where lower(translation_language) is distinct from base_language
)

select
    source_system,
    {{ qualtrics_question_id("survey_id", "part") }} as question_id,
    survey_id,
    metric,
    case when metric in ('driver', 'expectation') then topic end as topic,
    {{ without_markup("concat_ws(' - ', wording, choice_wording)") }} as text,
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
    _row_number * 1000000
    + row_number() over (partition by _load_sequence, _row_number order by part, language) as _row_number,
    _extra,
    _is_tombstone
from wordings
