-- Grain: one row per delivered version of an answer to a satisfaction survey of Freshdesk.

with raw_rows as (

    select * from {{ new_loads("raw", "freshdesk__satisfaction_ratings") }} as new_rows
)

select
    _source_system as source_system,
    id as rating_id,
    survey_id,
    ticket_id,
    user_id,
    agent_id,

    ratings,
    feedback,
    {{ freshdesk_satisfaction(json_text("ratings", "default_question")) }} as satisfaction,

    created_at,

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
