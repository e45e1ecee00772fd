-- Grain: one row per delivered version of a change of a case of Salesforce.

with raw_rows as (

    select * from {{ new_loads("raw", "salesforce__case_history") }} as new_rows
)

select
    _source_system as source_system,
    {{ salesforce_id("id") }} as history_id,
    {{ salesforce_id("case_id") }} as case_id,
    {{ salesforce_id("created_by_id") }} as created_by_id,

    field,
    old_value,
    new_value,

    created_date as created_at,

    coalesce(updated_at, created_date) as updated_at,
    coalesce(is_deleted, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
