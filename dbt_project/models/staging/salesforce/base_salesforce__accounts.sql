-- Grain: one row per delivered version of an account of Salesforce.

with raw_rows as (

    select * from {{ new_loads("raw", "salesforce__accounts") }} as new_rows
)

select
    _source_system as source_system,
    {{ salesforce_id("id") }} as account_id,
    {{ salesforce_id("master_record_id") }} as master_record_id,
    {{ salesforce_id("parent_id") }} as parent_id,
    {{ salesforce_id("owner_id") }} as owner_id,
    {{ salesforce_id("person_contact_id") }} as person_contact_id,

    name,
    type,
    industry,
    website,
    phone,
    coalesce(billing_country_code, billing_country) as country,
    currency_iso_code as currency,

    annual_revenue,
    number_of_employees as employee_count,

    is_person_account,

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
