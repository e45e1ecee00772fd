-- Grain: one row per delivered version of a ticket of Zendesk.
-- updated_at stands still when Zendesk's own system changes a ticket; generated_timestamp does not. An export says in
-- words, and with capital letters, what the API says in objects and small ones.

with raw_rows as (

    select
        *,
        case when left(via, 1) = '{' then via end as via_object,
        case when left(via, 1) <> '{' then lower(via) end as via_in_words
    from {{ new_loads("raw", "zendesk__tickets") }} as new_rows
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

    requester_email,
    group_name,

    lower(status) as zendesk_status,
    lower(priority) as priority,
    lower(type) as type,
    subject,
    description,
    {{ zendesk_tags("tags") }} as tags,
    coalesce({{ json_text("via_object", "channel") }}, via_in_words) as via_channel,
    {{ json_text("via_object", "source.rel") }} as via_relation,
    {{ json_text("via_object", "source.from.ticket_id") }} as via_ticket_id,
    coalesce({{ json_text("satisfaction_rating", "score") }}, lower(satisfaction_score)) as satisfaction_score,

    created_at,
    solved_at,

    greatest(updated_at, {{ instant_of_epoch("generated_timestamp") }}) as updated_at,
    coalesce(is_deleted, lower(status) = 'deleted') as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("custom_fields", "custom_fields") }} as _extra,
    _is_tombstone
from raw_rows
