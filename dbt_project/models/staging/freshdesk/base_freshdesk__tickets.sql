-- Grain: one row per delivered version of a ticket of Freshdesk.
-- Instants of the ticket's life are in `stats`, or in columns of their own in an export.

with raw_rows as (

    select * from {{ new_loads("raw", "freshdesk__tickets") }} as new_rows
)

select
    _source_system as source_system,
    id as ticket_id,
    requester_id,
    responder_id,
    company_id,
    group_id,
    product_id,

    status as freshdesk_status,
    priority as freshdesk_priority,
    source as freshdesk_source,
    type,
    subject,
    coalesce(description_text, description) as description,
    email,
    phone,
    group_name,
    tags,
    survey_results,

    coalesce(spam, false) as is_spam,

    {{ freshdesk_instant("created_at") }} as created_at,
    coalesce(
        {{ freshdesk_stat("resolved_at") }}, {{ freshdesk_instant("resolved_at") }}
    ) as resolved_at,
    coalesce({{ freshdesk_stat("closed_at") }}, {{ freshdesk_instant("closed_at") }}) as closed_at,
    {{ freshdesk_stat("reopened_at") }} as reopened_at,
    {{ freshdesk_stat("pending_since") }} as pending_since,
    {{ freshdesk_stat("status_updated_at") }} as status_updated_at,

    {{ freshdesk_instant("updated_at") }} as updated_at,
    coalesce(is_deleted, deleted, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("custom_fields", "custom_fields") }} as _extra,
    _is_tombstone
from raw_rows
