-- Grain: one row per delivered version of an answer to a satisfaction survey of Freshdesk.

{{ config(materialized="view") }}

with ratings as (

    select * from {{ ref("base_freshdesk__satisfaction_ratings") }}
)

select
    source_system,
    rating_id as response_id,
    survey_id,
    user_id as contact_id,
    ticket_id,
    agent_id,
    created_at as responded_at,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from ratings
