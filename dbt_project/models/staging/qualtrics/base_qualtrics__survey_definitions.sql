-- Grain: one row per delivered version of the definition of a survey of Qualtrics.

with raw_rows as (

    select * from {{ new_loads("raw", "qualtrics__survey_definitions") }} as new_rows
)

select
    _source_system as source_system,
    survey_id,
    owner_id,

    survey_name,
    {{ json_or_null("questions") }} as questions,
    lower({{ json_text(json_or_null("survey_options"), "SurveyLanguage") }}) as base_language,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
