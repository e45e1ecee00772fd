-- Grain: one row per delivered version of a person of HubSpot.
-- An archived record is deleted, and was last changed at archived_at.

with raw_rows as (

    select * from {{ new_loads("raw", "hubspot__contacts") }} as new_rows
)

select
    _source_system as source_system,
    id as contact_id,
    coalesce(
        {{ json_first_where(json_part("associations", "companies.results"), "type", "contact_to_company", "id") }},
        associatedcompanyid
    ) as primary_company_id,
    hubspot_owner_id as owner_id,
    hs_merged_object_ids as merged_ids,
    hs_calculated_merged_vids as merged_ids_with_times,

    firstname as first_name,
    lastname as last_name,
    email,
    coalesce(hs_calculated_phone_number, phone, hs_calculated_mobile_number, mobilephone) as phone,
    gender,
    coalesce(hs_country_region_code, country) as country,
    state as region,
    city,
    address as street,
    zip as postal_code,
    lower(split_part(hs_language, '-', 1)) as language,
    twitterhandle as twitter_handle,
    lower(lifecyclestage) as hubspot_lifecycle_stage,
    hs_buying_role as buying_roles,
    hs_analytics_source as acquisition_source,
    {{ json_part("associations", "companies.results") }} as companies,
    associated_company_ids,

    hubspotscore as lead_score,

    lower(hs_email_optout) in ('true', 'yes') as has_opted_out,

    try_cast(date_of_birth as date) as birth_date,
    hs_lifecyclestage_customer_date as converted_at,
    coalesce(created_at, createdate) as created_at,

    greatest(coalesce(updated_at, lastmodifieddate), archived_at) as updated_at,
    coalesce(is_deleted, archived, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
