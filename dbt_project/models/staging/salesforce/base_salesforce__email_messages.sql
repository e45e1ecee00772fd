-- Grain: one row per delivered version of an e-mail of Salesforce.

with raw_rows as (

    select * from {{ new_loads("raw", "salesforce__email_messages") }} as new_rows
)

select
    _source_system as source_system,
    {{ salesforce_id("id") }} as email_id,
    {{ salesforce_id("parent_id") }} as case_id,
    {{ salesforce_id("from_id") }} as from_id,
    {{ salesforce_id("created_by_id") }} as created_by_id,

    status,
    text_body,

    incoming as is_incoming,

    message_date,
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
