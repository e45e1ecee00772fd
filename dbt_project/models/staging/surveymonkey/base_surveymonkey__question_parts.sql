-- Grain: one row per question of a delivered version of the details of a survey of SurveyMonkey, or per part of one
-- that is answered for itself: the rows of a matrix or of a form, their columns in a matrix of menus, the comment
-- beside the choices. Parts go by their ids: 301, 301_17, 301_17_4, 301_other.

{{ config(materialized="view") }}

with questions as (

    select *
    from {{ ref("base_surveymonkey__questions") }}
    where family <> 'presentation'
),

row_parts as (

    select
        *,
        {{ each_json_element("answer_rows") }} as answer_row
    from questions
),

menu_parts as (

    select
        *,
        {{ each_json_element("answer_columns") }} as answer_column
    from row_parts
    where subtype = 'menu'
),

parts as (

    select
        *,
        {{ surveymonkey_part("survey_question_id") }} as part,
        'question' as kind
    from questions
    where coalesce(answer_rows, '[]') = '[]'

    union all by name

    select
        * exclude (answer_row),
        {{ surveymonkey_part("survey_question_id", json_text("answer_row", "id")) }} as part,
        {{ without_markup(json_text("answer_row", "text")) }} as row_label,
        'row' as kind
    from row_parts
    where subtype is distinct from 'menu'

    union all by name

    select
        * exclude (answer_row, answer_column),
        {{ surveymonkey_part(
            "survey_question_id", json_text("answer_row", "id"), json_text("answer_column", "id")
        ) }} as part,
        concat_ws(
            ' - ',
            {{ without_markup(json_text("answer_row", "text")) }},
            {{ without_markup(json_text("answer_column", "text")) }}
        ) as row_label,
        'menu' as kind
    from menu_parts

    union all by name

    select
        *,
        {{ surveymonkey_part("survey_question_id", other="true") }} as part,
        other_label as row_label,
        'other' as kind
    from questions
    where other_label is not null
)

select
    source_system,
    survey_id,
    survey_question_id,
    part,

    kind,
    family,
    subtype,
    display_type,
    heading,
    row_label,
    language,

    entry_min,
    entry_max,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from parts
