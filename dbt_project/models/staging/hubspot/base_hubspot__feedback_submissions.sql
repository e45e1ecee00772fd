-- Grain: one row per delivered version of an answer to a survey of HubSpot.
-- An archived record is deleted, and was last changed at archived_at.

with raw_rows as (

    select * from {{ new_loads("raw", "hubspot__feedback_submissions") }} as new_rows
)

select
    _source_system as source_system,
    id as submission_id,
    coalesce(hs_survey_id, lower(hs_survey_type), 'unknown') as survey_id,
    coalesce(hs_contact_id, {{ hubspot_associated("contacts", "feedback_submission_to_contact") }}) as contact_id,
    {{ hubspot_associated("companies", "feedback_submission_to_company") }} as company_id,
    coalesce(hs_ticket_id, {{ hubspot_associated("tickets", "feedback_submission_to_ticket") }}) as ticket_id,

    hs_survey_name as survey_name,
    upper(hs_survey_type) as survey_type,
    hs_survey_channel as survey_channel,
    hs_contact_email_rollup as email,
    hs_content as content,

    try_cast(hs_value as double) as rating,

    coalesce(hs_submission_timestamp, created_at, hs_createdate) as submitted_at,

    greatest(coalesce(updated_at, hs_lastmodifieddate), archived_at) as updated_at,
    coalesce(is_deleted, archived, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
