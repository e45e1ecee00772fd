-- Grain: one row per delivered version of a lead of Salesforce.

with raw_rows as (

    select * from {{ new_loads("raw", "salesforce__leads") }} as new_rows
)

select
    _source_system as source_system,
    {{ salesforce_id("id") }} as lead_id,
    {{ salesforce_id("master_record_id") }} as master_record_id,
    {{ salesforce_id("owner_id") }} as owner_id,
    {{ salesforce_id("converted_account_id") }} as converted_account_id,
    {{ salesforce_id("converted_contact_id") }} as converted_contact_id,

    first_name,
    last_name,
    email,
    coalesce(mobile_phone, phone) as phone,
    street,
    city,
    state as region,
    postal_code,
    coalesce(country_code, country) as country,
    lead_source,

    has_opted_out_of_email,
    is_converted,

    converted_date,
    created_date as created_at,

    coalesce(updated_at, system_modstamp) as updated_at,
    coalesce(is_deleted, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
