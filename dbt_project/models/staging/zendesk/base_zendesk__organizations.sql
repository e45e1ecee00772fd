-- Grain: one row per delivered version of an organization of Zendesk.

with raw_rows as (

    select * from {{ new_loads("raw", "zendesk__organizations") }} as new_rows
)

select
    _source_system as source_system,
    id as organization_id,
    external_id,

    name,
    domain_names,

    created_at,

    updated_at,
    coalesce(is_deleted, deleted_at is not null) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("organization_fields", "organization_fields") }} as _extra,
    _is_tombstone
from raw_rows
