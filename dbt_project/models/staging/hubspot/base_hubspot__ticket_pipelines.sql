-- Grain: one row per delivered version of a pipeline of tickets of HubSpot.

with raw_rows as (

    select * from {{ new_loads("raw", "hubspot__ticket_pipelines") }} as new_rows
)

select
    _source_system as source_system,
    id as pipeline_id,

    label,
    stages,

    created_at,

    greatest(updated_at, archived_at) as updated_at,
    coalesce(is_deleted, archived, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
