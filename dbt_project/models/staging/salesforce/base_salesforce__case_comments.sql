-- Grain: one row per delivered version of a comment on a case of Salesforce.

with raw_rows as (

    select * from {{ new_loads("raw", "salesforce__case_comments") }} as new_rows
)

select
    _source_system as source_system,
    {{ salesforce_id("id") }} as comment_id,
    {{ salesforce_id("parent_id") }} as case_id,
    {{ salesforce_id("created_by_id") }} as created_by_id,

    comment_body,

    is_published,

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
