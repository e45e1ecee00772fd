-- Grain: one row per delivered version of a response of Qualtrics.

with raw_rows as (

    select * from {{ new_loads("raw", "qualtrics__responses") }} as new_rows
)

select
    _source_system as source_system,
    response_id,
    survey_id,
    external_data_reference,

    recipient_email,
    status,
    distribution_channel,
    user_language,

    progress,

    finished,

    started_at,
    recorded_at,

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
