-- Grain: one row per delivered version of a contact of Salesforce.

with raw_rows as (

    select * from {{ new_loads("raw", "salesforce__contacts") }} as new_rows
)

select
    _source_system as source_system,
    {{ salesforce_id("id") }} as contact_id,
    {{ salesforce_id("master_record_id") }} as master_record_id,
    {{ salesforce_id("account_id") }} as account_id,
    {{ salesforce_id("owner_id") }} as owner_id,

    first_name,
    last_name,
    email,
    mobile_phone,
    phone,
    mailing_street as street,
    mailing_city as city,
    mailing_state as region,
    mailing_postal_code as postal_code,
    coalesce(mailing_country_code, mailing_country) as country,
    lead_source,

    has_opted_out_of_email,

    birthdate as birth_date,
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
