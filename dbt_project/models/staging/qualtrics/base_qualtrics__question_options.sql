-- Grain: one row per answer that a question of a delivered version of the definition of a survey of Qualtrics offers.
-- A matrix offers its columns, another question its choices. An answer has the number that the survey gives it, else
-- that of its place. An answer that the survey leaves out of analysis ("does not apply") is not on the scale.

{{ config(materialized="view") }}

with questions as (

    select
        *,
        case when question_type = 'Matrix' then answers else choices end as options
    from {{ ref("base_qualtrics__questions") }}
    where question_type in ('MC', 'Matrix')
),

options as (

    select
        *,
        {{ each_json_key("options") }} as option_id,
        {{ each_json_value("options") }} as option
    from questions
)

select
    source_system,
    survey_id,
    survey_question_id,
    option_id,

    {{ without_markup(json_text("option", "Display")) }} as label,

    try_cast(coalesce({{ json_text_at("recode_values", "option_id") }}, option_id) as double) as value,

    coalesce({{ json_text_at("analyze_choices", "option_id") }}, 'Yes') <> 'No' as is_on_scale,

    updated_at,

    _load_sequence,
    _row_number
from options
