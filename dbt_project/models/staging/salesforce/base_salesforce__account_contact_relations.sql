-- Grain: one row per delivered version of a person's part in an account of Salesforce.

with raw_rows as (

    select * from {{ new_loads("raw", "salesforce__account_contact_relations") }} as new_rows
)

select
    _source_system as source_system,
    {{ salesforce_id("id") }} as relation_id,
    {{ salesforce_id("account_id") }} as account_id,
    {{ salesforce_id("contact_id") }} as contact_id,

    roles,

    is_active,

    start_date,
    end_date,
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
