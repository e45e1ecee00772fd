-- Grain: one row per delivered version of a contact.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__contacts") }} as new_rows
)

select
    _source_system as source_system,
    contact_id,
    account_id,
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
    timezone,
    income_band,
    lifecycle_stage,
    converted_at,
    acquisition_source,
    joining_reason,
    referred_by_contact_id,
    lead_score,
    owner_id,
    marketing_consent,
    social_handles,
    external_ids,
    merged_into_id,
    segment,
    created_at,
    is_test,

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
