-- Grain: one row per delivered version of a ticket.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__tickets") }} as new_rows
)

select
    _source_system as source_system,
    ticket_id,
    requester_id,
    requester_email,
    requester_phone,
    account_id,
    assignee_id,
    team,
    channel,
    subject,
    description,
    category,
    type,
    product_id,
    order_id,
    location_id,
    touchpoint,
    is_complaint,
    root_cause,
    priority,
    severity,
    status,
    tags,
    language,
    created_at,
    solved_at,
    submitter_type,
    is_spam,
    merged_into_ticket_id,
    follow_up_of_ticket_id,
    satisfaction,
    satisfaction_at,
    schedule_id,
    sla_policy_id,
    needs_reply,

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
