-- Grain: one row per delivered version of a case of Salesforce.

with raw_rows as (

    select * from {{ new_loads("raw", "salesforce__cases") }} as new_rows
)

select
    _source_system as source_system,
    {{ salesforce_id("id") }} as case_id,
    {{ salesforce_id("master_record_id") }} as master_record_id,
    {{ salesforce_id("contact_id") }} as contact_id,
    {{ salesforce_id("account_id") }} as account_id,
    {{ salesforce_id("owner_id") }} as owner_id,
    {{ salesforce_id("created_by_id") }} as created_by_id,

    subject,
    description,
    status,
    priority,
    origin,
    type,
    reason,
    coalesce(supplied_email, contact_email) as requester_email,
    coalesce(supplied_phone, contact_phone) as requester_phone,
    supplied_email,

    is_closed,

    closed_date as closed_at,
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
