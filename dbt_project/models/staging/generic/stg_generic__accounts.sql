-- Grain: one row per delivered version of an account.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__accounts") }} as new_rows
)

select
    _source_system as source_system,
    account_id,
    name,
    account_type,
    domain,
    industry,
    employee_count,
    annual_revenue,
    category_spend,
    currency,
    country,
    tier,
    owner_id,
    parent_account_id,
    external_ids,
    merged_into_id,
    created_at,

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
