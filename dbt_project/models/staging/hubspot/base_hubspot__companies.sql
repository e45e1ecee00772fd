-- Grain: one row per delivered version of a company of HubSpot.
-- An archived record is deleted, and was last changed at archived_at.

with raw_rows as (

    select * from {{ new_loads("raw", "hubspot__companies") }} as new_rows
)

select
    _source_system as source_system,
    id as company_id,
    hs_parent_company_id as parent_company_id,
    hubspot_owner_id as owner_id,
    hs_merged_object_ids as merged_ids,

    name,
    domain,
    industry,
    annualrevenue as annual_revenue,
    numberofemployees as employee_count,
    coalesce(hs_country_code, country) as country,
    hs_ideal_customer_profile as tier,

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
