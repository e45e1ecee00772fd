-- Grain: one row per question of a delivered version of the details of a survey of SurveyMonkey.
-- SurveyMonkey's own NPS question is a rating of eleven points, which weigh -100, 0 and 100.

{{ config(materialized="view") }}

with details as (

    select * from {{ ref("base_surveymonkey__survey_details") }}
),

pages as (

    select
        * exclude (pages),
        {{ each_json_element("pages") }} as page
    from details
),

questions as (

    select
        * exclude (page),
        {{ each_json_element(json_part("page", "questions")) }} as question
    from pages
)

select
    source_system,
    survey_id,
    {{ json_text("question", "id") }} as survey_question_id,

    {{ json_text("question", "family") }} as family,
    {{ json_text("question", "subtype") }} as subtype,
    {{ json_text("question", "display_options.display_type") }} as display_type,
    coalesce(
        {{ without_markup(json_text("question", "headings[0].heading")) }},
        {{ without_markup(json_text("question", "headings[0].description")) }}
    ) as heading,
    language,
    {{ json_part("question", "answers.rows") }} as answer_rows,
    {{ json_part("question", "answers.cols") }} as answer_columns,
    {{ json_part("question", "answers.choices") }} as choices,
    coalesce(
        {{ without_markup(json_text("question", "answers.other.text")) }},
        {{ without_markup(json_text("question", "answers.other[0].text")) }}
    ) as other_label,

    try_cast({{ json_text("question", "validation.min") }} as double) as entry_min,
    try_cast({{ json_text("question", "validation.max") }} as double) as entry_max,

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
