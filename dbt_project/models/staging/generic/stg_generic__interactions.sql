-- Grain: one row per delivered version of an interaction.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__interactions") }} as new_rows
)

select
    _source_system as source_system,
    interaction_id,
    contact_id,
    email,
    phone,
    social_handle,
    channel,
    network,
    source,
    opportunity_id,
    location_id,
    touchpoint,
    reason,
    direction,
    is_proactive,
    agent_id,
    started_at,
    ended_at,
    device,
    campaign_id,
    ticket_id,
    category,
    needs_reply,
    replied_at,
    outcome,
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
