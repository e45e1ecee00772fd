-- Grain: one row per choice that a question of a delivered version of the details of a survey of SurveyMonkey offers.
-- The number of a choice is its weight, else its place among the choices; that of an NPS question its place less one,
-- because its weights are -100, 0 and 100. "Not applicable" has none, nor have choices of which several may be taken,
-- or those of a matrix of menus. A choice that was removed keeps its number for past answers and leaves the scale.

{{ config(materialized="view") }}

with questions as (

    select * from {{ ref("base_surveymonkey__questions") }}
),

menu_columns as (

    select
        * exclude (choices),
        {{ each_json_element("answer_columns") }} as answer_column
    from questions
),

questions_with_choices as (

    select * from questions
    union all by name
    select
        * exclude (answer_column),
        {{ json_part("answer_column", "choices") }} as choices
    from menu_columns
),

choices as (

    select
        *,
        {{ each_json_element("choices") }} as choice,
        {{ each_json_place("choices") }} as place
    from questions_with_choices
),

described as (

    select
        *,
        {{ json_text("choice", "id") }} as choice_id,
        {{ without_markup(json_text("choice", "text")) }} as label,
        try_cast({{ json_text("choice", "weight") }} as double) as weight,
        coalesce(try_cast({{ json_text("choice", "position") }} as integer), place) as position,
        coalesce({{ json_text("choice", "is_na") }} = 'true', false) as is_not_applicable,
        coalesce({{ json_text("choice", "visible") }} <> 'false', true) as is_visible
    from choices
),

ranked as (

    select
        *,
        row_number() over (
            partition by source_system, survey_id, survey_question_id, _load_sequence, _row_number, is_not_applicable
            order by position, place
        ) as rank_of_choice,
        count(*) over (
            partition by source_system, survey_id, survey_question_id, _load_sequence, _row_number, is_not_applicable
        ) = 11
        and min(weight) over (
            partition by source_system, survey_id, survey_question_id, _load_sequence, _row_number, is_not_applicable
        ) = -100
        and max(weight) over (
            partition by source_system, survey_id, survey_question_id, _load_sequence, _row_number, is_not_applicable
        ) = 100 as has_weights_of_nps
    from described
)

select
    source_system,
    survey_id,
    survey_question_id,
    choice_id,

    label,

    case
        when is_not_applicable or family = 'multiple_choice' or subtype = 'menu' then null
        when has_weights_of_nps then rank_of_choice - 1.0
        else coalesce(weight, rank_of_choice * 1.0)
    end as value,
    position,

    is_visible and not is_not_applicable as is_on_scale,
    coalesce(has_weights_of_nps and family = 'matrix' and subtype = 'rating', false) as is_of_nps,

    updated_at,

    _load_sequence,
    _row_number
from ranked
