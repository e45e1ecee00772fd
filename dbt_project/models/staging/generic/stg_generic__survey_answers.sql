-- Grain: one row per delivered version of an answer of a response to a question.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__survey_answers") }} as new_rows
)

select
    _source_system as source_system,
    response_id,
    question_id,
    question_version,
    value_number,
    value_text,

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
