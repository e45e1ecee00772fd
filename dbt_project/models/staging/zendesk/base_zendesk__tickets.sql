-- Grain: one row per delivered version of a ticket of Zendesk.
-- updated_at stands still when Zendesk's own system changes a ticket; generated_timestamp does not.

with raw_rows as (

    select * from {{ new_loads("raw", "zendesk__tickets") }} as new_rows
)

select
    _source_system as source_system,
    id as ticket_id,
    requester_id,
    submitter_id,
    assignee_id,
    organization_id,
    group_id,
    brand_id,

    status as zendesk_status,
    priority,
    type,
    subject,
    description,
    tags,
    {{ json_text("via", "channel") }} as via_channel,
    {{ json_text("via", "source.rel") }} as via_relation,
    {{ json_text("via", "source.from.ticket_id") }} as via_ticket_id,
    {{ json_text("satisfaction_rating", "score") }} as satisfaction_score,

    created_at,

    greatest(updated_at, {{ instant_of_epoch("generated_timestamp") }}) as updated_at,
    coalesce(is_deleted, status = 'deleted') as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("custom_fields", "custom_fields") }} as _extra,
    _is_tombstone
from raw_rows
