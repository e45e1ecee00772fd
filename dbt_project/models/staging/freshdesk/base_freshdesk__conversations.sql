-- Grain: one row per delivered version of a reply or note on a ticket of Freshdesk.

with raw_rows as (

    select * from {{ new_loads("raw", "freshdesk__conversations") }} as new_rows
)

select
    _source_system as source_system,
    id as conversation_id,
    ticket_id,
    user_id,

    coalesce(body_text, body) as body,
    source as freshdesk_source,

    coalesce(incoming, false) as is_incoming,
    coalesce(private, false) as is_private,

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
