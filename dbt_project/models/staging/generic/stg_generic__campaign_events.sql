-- Grain: one row per delivered version of a campaign event.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__campaign_events") }} as new_rows
)

select
    _source_system as source_system,
    event_id,
    contact_id,
    email,
    campaign_id,
    campaign_type,
    event,
    occurred_at,

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
