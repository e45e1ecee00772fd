-- Grain: one row per delivered version of a deal of HubSpot.
-- An archived record is deleted, and was last changed at archived_at.

with raw_rows as (

    select * from {{ new_loads("raw", "hubspot__deals") }} as new_rows
)

select
    _source_system as source_system,
    id as deal_id,
    coalesce(
        {{ hubspot_associated("contacts", "deal_to_contact") }},
        {{ hubspot_first("associated_contact_ids") }}
    ) as contact_id,
    coalesce(
        {{ hubspot_associated("companies", "deal_to_company") }},
        {{ hubspot_first("associated_company_ids") }}
    ) as company_id,
    hubspot_owner_id as owner_id,
    hs_merged_object_ids as merged_ids,

    dealname as name,
    dealstage as stage,
    deal_currency_code as currency,
    closed_lost_reason as lost_reason,

    {{ money("amount") }} as amount,
    hs_deal_stage_probability as probability,

    coalesce(lower(hs_is_closed) in ('true', 'yes'), dealstage in ('closedwon', 'closedlost'), false) as is_closed,
    coalesce(lower(hs_is_closed_won) in ('true', 'yes'), dealstage = 'closedwon', false) as is_won,

    closedate as closes_at,
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
