-- Grain: one row per delivered version of a user of Zendesk.

with raw_rows as (

    select * from {{ new_loads("raw", "zendesk__users") }} as new_rows
)

select
    _source_system as source_system,
    id as user_id,
    organization_id,
    default_group_id,

    name,
    email,
    phone,
    role,
    locale,
    iana_time_zone,
    external_id,

    shared_phone_number,

    created_at,

    updated_at,
    coalesce(is_deleted, not active, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("user_fields", "user_fields") }} as _extra,
    _is_tombstone
from raw_rows
