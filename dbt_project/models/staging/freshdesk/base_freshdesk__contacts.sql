-- Grain: one row per delivered version of a contact of Freshdesk.

with raw_rows as (

    select * from {{ new_loads("raw", "freshdesk__contacts") }} as new_rows
)

select
    _source_system as source_system,
    id as contact_id,
    company_id,
    unique_external_id,

    name,
    email,
    phone,
    mobile,
    address,
    language,
    twitter_id,

    {{ freshdesk_instant("created_at") }} as created_at,

    {{ freshdesk_instant("updated_at") }} as updated_at,
    coalesce(is_deleted, deleted, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("custom_fields", "custom_fields") }} as _extra,
    _is_tombstone
from raw_rows
