-- Grain: one row per delivered version of an event: a reply or note, a merge, a rating, or a step of the status.
-- Freshdesk lists no changes. A ticket says when it was created and when it last reopened, became pending, was
-- resolved, was closed and changed its status: each version of it that was delivered tells these steps, and what
-- happened twice between two pulls was once. A ticket is open when it is created. An instant is in the identifier of
-- its step, so that the steps of earlier versions stay. A record yields several rows; their places make the number of
-- the row unique.

{% set steps = [
    ("created_at", "'open'"),
    ("reopened_at", "'open'"),
    ("pending_since", "'pending'"),
    ("resolved_at", "'solved'"),
    ("closed_at", "'closed'"),
    ("changed_at", "status"),
] -%}

{{ config(materialized="view") }}

with conversations as (

    select * from {{ ref("base_freshdesk__conversations") }}
),

ratings as (

    select * from {{ ref("base_freshdesk__satisfaction_ratings") }}
),

agents as (

    select distinct
        source_system,
        agent_id
    from {{ ref("base_freshdesk__agents") }}
),

ticket_statuses as (

    select * from {{ ref("base_freshdesk__ticket_statuses") }}
),

tickets as (

    select
        tickets.*,
        coalesce({{ freshdesk_status("tickets.freshdesk_status") }}, ticket_statuses.status, 'open') as status
    from {{ ref("base_freshdesk__tickets") }} as tickets
    left join ticket_statuses
        on
            tickets.source_system = ticket_statuses.source_system
            and lower(tickets.freshdesk_status) = ticket_statuses.freshdesk_status
    where not tickets._is_tombstone
),

tickets_with_known_instant as (

    select
        *,
        case status
            when 'open' then coalesce(reopened_at, created_at)
            when 'pending' then pending_since
            when 'solved' then resolved_at
            when 'closed' then closed_at
        end as status_known_at
    from tickets
),

-- The status of now, where no other instant tells of it.
tickets_with_instants as (

    select
        *,
        case
            when status_known_at is null then coalesce(status_updated_at, updated_at, created_at)
            when status_updated_at > status_known_at then status_updated_at
        end as changed_at
    from tickets_with_known_instant
),

status_steps as (

    {% for instant, status in steps -%}
    select
        *,
        ticket_id || '-' || cast({{ epoch_seconds(instant) }} as bigint) || '-{{ loop.index }}' as event_id,
        'status' as event_type,
        {{ instant }} as occurred_at,
        {% if instant == "reopened_at" -%}
        case when coalesce(resolved_at, closed_at) < reopened_at then null else 'solved' end as old_value,
        {% endif -%}
        {{ status }} as new_value,
        {{ loop.index }} as place
    from tickets_with_instants
    where {{ instant }} is not null {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
),

comments as (

    select
        conversations.*,
        conversations.conversation_id as event_id,
        'comment' as event_type,
        conversations.created_at as occurred_at,
        conversations.user_id as actor_id,
        case
            when agents.agent_id is not null then 'agent'
            when conversations.is_incoming then 'customer'
            when conversations.user_id is null then 'system'
            else 'agent'
        end as actor_type,
        not conversations.is_private and coalesce(conversations.freshdesk_source, '') <> '8' as is_public,
        1 as place
    from conversations
    left join agents
        on
            conversations.source_system = agents.source_system
            and conversations.user_id = agents.agent_id
),

merges as (

    select
        * exclude (body),
        conversation_id || '-merge' as event_id,
        'merge' as event_type,
        created_at as occurred_at,
        user_id as actor_id,
        'agent' as actor_type,
        {{ freshdesk_merged_into("body") }} as new_value,
        2 as place
    from conversations
    where
        is_private
        and {{ freshdesk_merged_into("body") }} is not null
),

rated_tickets as (

    select
        *,
        'rating-' || rating_id as event_id,
        'satisfaction' as event_type,
        created_at as occurred_at,
        user_id as actor_id,
        'customer' as actor_type,
        satisfaction as new_value,
        1 as place
    from ratings
    where
        ticket_id is not null
        and satisfaction is not null
),

events as (

    select * from status_steps
    union all by name
    select * from comments
    union all by name
    select * from merges
    union all by name
    select * from rated_tickets
)

select
    source_system,
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
    event_type <> 'status' and is_deleted as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10 + place as _row_number,
    _extra,
    _is_tombstone
from events
