-- Grain: one row per delivered version of an entry of the stage history of Salesforce.

with raw_rows as (

    select * from {{ new_loads("raw", "salesforce__opportunity_history") }} as new_rows
)

select
    _source_system as source_system,
    {{ salesforce_id("id") }} as history_id,
    {{ salesforce_id("opportunity_id") }} as opportunity_id,

    stage_name,
    currency_iso_code as currency,

    amount,
    probability,

    close_date,
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
