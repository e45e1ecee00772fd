-- Grain: one row per delivered version of a status of cases of Salesforce.

with raw_rows as (

    select * from {{ new_loads("raw", "salesforce__case_statuses") }} as new_rows
)

select
    _source_system as source_system,
    {{ salesforce_id("id") }} as status_id,

    api_name,
    master_label,

    is_closed,
    is_default,

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
