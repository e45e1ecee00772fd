-- Grain: one row per delivered version of a company of Freshdesk.

with raw_rows as (

    select * from {{ new_loads("raw", "freshdesk__companies") }} as new_rows
)

select
    _source_system as source_system,
    id as company_id,

    name,
    domains,
    industry,
    account_tier,

    {{ freshdesk_instant("created_at") }} as created_at,

    {{ freshdesk_instant("updated_at") }} as updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("custom_fields", "custom_fields") }} as _extra,
    _is_tombstone
from raw_rows
