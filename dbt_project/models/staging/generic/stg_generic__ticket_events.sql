-- Grain: one row per delivered version of a ticket event.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__ticket_events") }} as new_rows
)

select
    _source_system as source_system,
    event_id,
    ticket_id,
    occurred_at,
    event_type,
    actor_id,
    actor_type,
    is_public,
    old_value,
    new_value,
    body,

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
