-- Grain: one row per delivered version of an answer to a survey of HubSpot.

{{ config(materialized="view") }}

with submissions as (

    select * from {{ ref("base_hubspot__feedback_submissions") }}
)

select
    source_system,
    submission_id as response_id,
    survey_id,
    contact_id,
    company_id as account_id,
    email,
    ticket_id,
    lower(survey_channel) as channel,
    submitted_at as responded_at,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from submissions
