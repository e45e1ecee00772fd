-- Grain: one row per delivered version of a distribution of Qualtrics.

with raw_rows as (

    select * from {{ new_loads("raw", "qualtrics__distributions") }} as new_rows
)

select
    _source_system as source_system,
    id as distribution_id,
    parent_distribution_id,
    {{ json_text("survey_link", "surveyId") }} as survey_id,

    request_type,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("embedded_data", "embedded_data") }} as _extra,
    _is_tombstone
from raw_rows
