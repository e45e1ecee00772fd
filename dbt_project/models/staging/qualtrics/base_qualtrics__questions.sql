-- Grain: one row per question of a delivered version of the definition of a survey of Qualtrics.

{{ config(materialized="view") }}

with definitions as (

    select * from {{ ref("base_qualtrics__survey_definitions") }}
),

questions as (

    select
        *,
        {{ each_json_key("questions") }} as survey_question_id,
        {{ each_json_value("questions") }} as question
    from definitions
)

select
    source_system,
    survey_id,
    survey_question_id,

    {{ json_text("question", "QuestionType") }} as question_type,
    {{ json_text("question", "Selector") }} as selector,
    {{ json_text("question", "DataExportTag") }} as data_export_tag,
    {{ json_text("question", "QuestionText") }} as question_text,
    json_extract(question, '$.Choices') as choices,
    json_extract(question, '$.Answers') as answers,
    json_extract(question, '$.RecodeValues') as recode_values,
    json_extract(question, '$.AnalyzeChoices') as analyze_choices,
    json_extract(question, '$.ChoiceDataExportTags') as choice_data_export_tags,
    json_extract(question, '$.Language') as translations,
    base_language,

    try_cast({{ json_text("question", "Configuration.CSSliderMin") }} as double) as slider_min,
    try_cast({{ json_text("question", "Configuration.CSSliderMax") }} as double) as slider_max,
    try_cast({{ json_text("question", "Configuration.StarCount") }} as double) as star_count,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from questions
