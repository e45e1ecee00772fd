-- Grain: one row per delivered version of what became of a distribution of Qualtrics at one contact.

with raw_rows as (

    select * from {{ new_loads("raw", "qualtrics__distribution_history") }} as new_rows
)

select
    _source_system as source_system,
    distribution_id,
    contact_id,
    response_id,

    lower(status) as status,
    survey_link,

    sent_at,
    opened_at,
    response_started_at,
    response_completed_at,

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
