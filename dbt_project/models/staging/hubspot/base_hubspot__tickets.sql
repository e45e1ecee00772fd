-- Grain: one row per delivered version of a ticket of HubSpot.
-- An archived record is deleted, and was last changed at archived_at.

with raw_rows as (

    select * from {{ new_loads("raw", "hubspot__tickets") }} as new_rows
)

select
    _source_system as source_system,
    id as ticket_id,
    coalesce(
        {{ hubspot_associated("contacts", "ticket_to_contact") }},
        {{ hubspot_first("associated_contact_ids") }}
    ) as contact_id,
    coalesce(
        {{ hubspot_associated("companies", "ticket_to_company") }},
        {{ hubspot_first("associated_company_ids") }}
    ) as company_id,
    hubspot_owner_id as owner_id,
    hubspot_team_id as team_id,
    hs_pipeline as pipeline_id,
    hs_pipeline_stage as stage_id,
    hs_merged_object_ids as merged_ids,

    subject,
    content,
    hs_ticket_priority as hubspot_priority,
    hs_ticket_category as category,
    source_type,
    properties_with_history as history,

    closed_date as closed_at,
    coalesce(created_at, createdate) as created_at,

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
