-- Grain: one row per delivered version of an invitation.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__survey_invitations") }} as new_rows
)

select
    _source_system as source_system,
    invitation_id,
    survey_id,
    contact_id,
    email,
    channel,
    touchpoint,
    ticket_id,
    order_id,
    sent_at,
    delivered_at,
    bounced_at,
    opened_at,
    started_at,
    completed_at,

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
