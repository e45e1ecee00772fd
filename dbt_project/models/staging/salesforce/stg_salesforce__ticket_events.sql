-- Grain: one row per delivered version of something that happened to a case of Salesforce: a change of its status,
-- owner, priority or reason that its history tracks, a comment, an e-mail, or its merge into another case.
-- A new owner is a new assignee, and a new team if that is known: the queue, or the department of the user. The history
-- names owners twice, by name and by identifier: the latter counts. A step between statuses of one kind is none.

{% set fields = {"Status": "status", "Priority": "priority", "Reason": "category"} -%}

{{ config(materialized="view") }}

with changes as (

    select * from {{ ref("base_salesforce__case_history") }}
),

status_names as (

    select * from {{ ref("base_salesforce__case_status_names") }}
),

queues as (

    select * from {{ latest_delivered(ref("base_salesforce__groups"), "group_id") }} as delivered
),

users as (

    select
        *,
        {{ salesforce_actor_type("user_type") }} as actor_type
    from {{ latest_delivered(ref("base_salesforce__users"), "user_id") }} as delivered
),

field_changes as (

    select
        changes.*,
        case changes.field
            {% for field, event_type in fields.items() -%}
            when '{{ field }}' then '{{ event_type }}'
            {% endfor -%}
        end as event_type,
        case changes.field
            when 'Status' then coalesce(old_statuses.status, 'open')
            when 'Priority' then {{ salesforce_priority("changes.old_value") }}
            else changes.old_value
        end as old_event_value,
        case changes.field
            when 'Status' then coalesce(new_statuses.status, 'open')
            when 'Priority' then {{ salesforce_priority("changes.new_value") }}
            else changes.new_value
        end as new_event_value
    from changes
    left join status_names as old_statuses
        on
            changes.source_system = old_statuses.source_system
            and lower(changes.old_value) = old_statuses.name
    left join status_names as new_statuses
        on
            changes.source_system = new_statuses.source_system
            and lower(changes.new_value) = new_statuses.name
    where changes.field in ('{{ fields | join("', '") }}')
),

owner_changes as (

    select
        * replace (
            {{ salesforce_id("old_value") }} as old_value,
            {{ salesforce_id("new_value") }} as new_value
        )
    from changes
    where
        field in ('Owner', 'ownerAssignment', 'ownerAccepted', 'ownerEscalated')
        and (
            {{ salesforce_is_a("new_value", "005") }}
            or {{ salesforce_is_a("new_value", "00G") }}
        )
),

assignee_changes as (

    select
        *,
        'assignee' as event_type,
        case when {{ salesforce_is_a("old_value", "005") }} then old_value end as old_event_value,
        case when {{ salesforce_is_a("new_value", "005") }} then new_value end as new_event_value
    from owner_changes
),

team_changes as (

    select
        owner_changes.*,
        'team' as event_type,
        coalesce(old_queues.name, old_users.department) as old_event_value,
        coalesce(new_queues.name, new_users.department) as new_event_value
    from owner_changes
    left join queues as old_queues
        on
            owner_changes.source_system = old_queues.source_system
            and owner_changes.old_value = old_queues.group_id
    left join queues as new_queues
        on
            owner_changes.source_system = new_queues.source_system
            and owner_changes.new_value = new_queues.group_id
    left join users as old_users
        on
            owner_changes.source_system = old_users.source_system
            and owner_changes.old_value = old_users.user_id
    left join users as new_users
        on
            owner_changes.source_system = new_users.source_system
            and owner_changes.new_value = new_users.user_id
    where coalesce(new_queues.name, new_users.department) is not null
),

all_changes as (

    select * from field_changes
    union all by name
    select * from assignee_changes
    union all by name
    select * from team_changes
),

changes_as_events as (

    select
        *,
        history_id || '-' || event_type as event_id,
        created_at as occurred_at
    from all_changes
    where old_event_value is distinct from new_event_value
),

comments as (

    select
        *,
        comment_id as event_id,
        'comment' as event_type,
        is_published as is_public,
        comment_body as body,
        created_at as occurred_at
    from {{ ref("base_salesforce__case_comments") }}
),

emails as (

    select
        *,
        email_id as event_id,
        'comment' as event_type,
        true as is_public,
        text_body as body,
        coalesce(message_date, created_at) as occurred_at
    from {{ ref("base_salesforce__email_messages") }}
    where
        _is_tombstone
        or ({{ salesforce_is_a("case_id", "500") }} and coalesce(status, '') <> '5')
),

merges as (

    select
        * replace (false as is_deleted),
        case_id || '-merge' as event_id,
        'merge' as event_type,
        master_record_id as new_event_value,
        updated_at as occurred_at
    from {{ ref("base_salesforce__cases") }}
    where master_record_id is not null
    qualify row_number() over (partition by source_system, case_id order by _load_sequence, _row_number) = 1
),

events as (

    select
        * exclude (created_by_id),
        created_by_id as author_id
    from changes_as_events
    union all by name
    select
        * exclude (created_by_id),
        created_by_id as author_id
    from comments
    union all by name
    select
        * exclude (created_by_id),
        case
            when not is_incoming then created_by_id
            when {{ salesforce_is_a("from_id", "005") }} then from_id
        end as author_id
    from emails
    union all by name
    select * exclude (created_by_id)
    from merges
)

select
    events.source_system,
    events.event_id,
    events.case_id as ticket_id,
    events.occurred_at,
    events.event_type,
    case
        when users.actor_type = 'customer' then users.contact_id
        else coalesce(events.author_id, events.from_id)
    end as actor_id,
    case
        when events.event_type = 'merge' then 'system'
        when events.is_incoming and events.author_id is null then 'customer'
        else coalesce(users.actor_type, 'agent')
    end as actor_type,
    events.is_public,
    events.old_event_value as old_value,
    events.new_event_value as new_value,
    events.body,

    events.updated_at,
    events.is_deleted,

    events._load_id,
    events._load_sequence,
    events._loaded_at,
    events._file,
    events._row_number * 10 + case events.event_type when 'team' then 1 else 0 end as _row_number,
    events._extra,
    events._is_tombstone
from events
left join users
    on
        events.source_system = users.source_system
        and events.author_id = users.user_id
