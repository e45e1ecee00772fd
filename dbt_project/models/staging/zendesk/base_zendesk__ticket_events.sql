-- Grain: one row per delivered version of a change of a ticket of Zendesk.

with raw_rows as (

    select * from {{ new_loads("raw", "zendesk__ticket_events") }} as new_rows
)

select
    _source_system as source_system,
    id as change_id,
    ticket_id,
    updater_id,

    child_events,
    merged_ticket_ids,

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
