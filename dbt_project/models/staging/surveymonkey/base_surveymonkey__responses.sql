-- Grain: one row per delivered version of a response of SurveyMonkey.

with raw_rows as (

    select * from {{ new_loads("raw", "surveymonkey__responses") }} as new_rows
)

select
    _source_system as source_system,
    id as response_id,
    survey_id,
    collector_id,

    email_address,
    response_status,
    collection_mode,
    custom_variables,
    pages,

    total_time,

    started_at,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("custom_variables", "custom_variables") }} as _extra,
    _is_tombstone
from raw_rows
