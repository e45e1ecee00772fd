-- Grain: one row per delivered version of a question, version and language.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__survey_questions") }} as new_rows
)

select
    _source_system as source_system,
    question_id,
    survey_id,
    metric,
    topic,
    object,
    text,
    language,
    scale_min,
    scale_max,
    satisfied_from,
    direction,
    version,
    valid_from,

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
