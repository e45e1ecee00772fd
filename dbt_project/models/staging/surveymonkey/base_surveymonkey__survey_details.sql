-- Grain: one row per delivered version of the details of a survey of SurveyMonkey.

with raw_rows as (

    select * from {{ new_loads("raw", "surveymonkey__survey_details") }} as new_rows
)

select
    _source_system as source_system,
    id as survey_id,

    title,
    lower(language) as language,
    pages,

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
