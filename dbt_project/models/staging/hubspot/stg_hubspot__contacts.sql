-- Grain: one row per delivered version of a person of HubSpot, and one per contact that was merged into another.
-- The contact that took over names those that it took over; HubSpot delivers these no more. What identifies them (the
-- last e-mail address and telephone) becomes a deleted version at the merge: where HubSpot does not tell when that was,
-- a moment before the first version that tells of it. The contact that took over has the oldest date of creation, which
-- stands in where that of the other was never delivered. Stages of an account's own making are no stage here.

{{ config(materialized="view") }}

with contacts as (

    select
        *,
        coalesce(
            primary_company_id,
            json_extract_string(companies, '$[0].id'),
            {{ hubspot_first("associated_company_ids") }}
        ) as company_id
    from {{ ref("base_hubspot__contacts") }}
),

last_delivered as (

    select * from {{ latest_delivered("contacts", "contact_id") }} as contacts
),

taken_over as (

    select
        *,
        {{ hubspot_each("concat_ws(';', merged_ids_with_times, merged_ids)") }} as entry
    from contacts
),

merges as (

    select
        *,
        trim(split_part(entry, ':', 1)) as merged_contact_id,
        {{ hubspot_instant("nullif(split_part(entry, ':', 2), '')") }} as merged_at
    from taken_over
    where
        trim(split_part(entry, ':', 1)) <> ''
        and trim(split_part(entry, ':', 1)) <> contact_id
    qualify row_number() over (
        partition by source_system, merged_contact_id, contact_id
        order by _load_sequence, _row_number, merged_at nulls last
    ) = 1
),

latest_merges as (

    select *
    from merges
    qualify row_number() over (
        partition by source_system, merged_contact_id
        order by _load_sequence desc, _row_number desc
    ) = 1
),

delivered as (

    select
        contacts.*,
        latest_merges.contact_id as merged_into_id,
        0 as place
    from contacts
    left join latest_merges
        on
            contacts.source_system = latest_merges.source_system
            and contacts.contact_id = latest_merges.merged_contact_id
),

merged as (

    select
        merges.source_system,
        merges.merged_contact_id as contact_id,
        last_delivered.email,
        last_delivered.phone,
        last_delivered.country,
        last_delivered.twitter_handle,
        coalesce(last_delivered.created_at, merges.created_at) as created_at,
        merges.contact_id as merged_into_id,
        coalesce(merges.merged_at, merges.updated_at - interval 1 millisecond) as updated_at,
        true as is_deleted,
        merges._load_id,
        merges._load_sequence,
        merges._loaded_at,
        merges._file,
        merges._row_number,
        cast(null as varchar) as _extra,
        false as _is_tombstone,
        row_number() over (
            partition by merges.source_system, merges._load_sequence, merges._row_number
            order by merges.merged_contact_id
        ) as place
    from merges
    left join last_delivered
        on
            merges.source_system = last_delivered.source_system
            and merges.merged_contact_id = last_delivered.contact_id
),

versions as (

    select * from delivered
    union all by name
    select * from merged
)

select
    source_system,
    contact_id,
    company_id as account_id,
    first_name,
    last_name,
    email,
    phone,
    birth_date,
    gender,
    country,
    region,
    city,
    street,
    postal_code,
    language,
    case hubspot_lifecycle_stage
        when 'subscriber' then 'lead'
        when 'lead' then 'lead'
        when 'marketingqualifiedlead' then 'lead'
        when 'marketing qualified lead' then 'lead'
        when 'salesqualifiedlead' then 'prospect'
        when 'sales qualified lead' then 'prospect'
        when 'opportunity' then 'prospect'
        when 'customer' then 'customer'
        when 'evangelist' then 'customer'
    end as lifecycle_stage,
    converted_at,
    acquisition_source,
    lead_score,
    owner_id,
    case when has_opted_out then false end as marketing_consent,
    case
        when twitter_handle is not null then cast(json_object('twitter', twitter_handle) as varchar)
    end as social_handles,
    merged_into_id,
    created_at,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10000 + place as _row_number,
    _extra,
    _is_tombstone
from versions
