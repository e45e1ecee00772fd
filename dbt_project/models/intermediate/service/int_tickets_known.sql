-- Grain: one row per ticket that existed before the cut, also merged, spam and deleted ones, before its events are
-- applied.
-- Without status events the ticket was open until its solved_at, else it always was as delivered. What a ticket was
-- when it was created is the old value of the first change of each field; a field that never changed is as
-- delivered. Later changes tell it too: they are read for that, though they do not exist yet. A merge or deletion
-- that has an event happened then; a deleted row without event was deleted at its updated_at. Where nothing tells
-- when, the ticket never was in the backlog.

{% set replayed_fields = ["status", "assignee", "team", "priority", "category", "satisfaction", "sla_policy"] -%}
{% set read_types = replayed_fields + ["merge", "delete"] -%}

with tickets as (

    select
        *,
        {{ reference_key("source_system", "requester_id", "requester_email", "requester_phone") }} as reference_key
    from {{ ref("int_tickets_current") }}
    where created_at < {{ as_of_cut() }}
),

ticket_events as (

    select
        source_system,
        ticket_id,
        event_id,
        event_type,
        occurred_at,
        case
            when event_type = 'status' then {{ ticket_status("old_value") }}
            else nullif(trim(old_value), '')
        end as old_value
    from {{ ref("int_ticket_events_current") }}
    where
        not coalesce(is_deleted, false)
        and event_type in (
            '{{ read_types | join("', '") }}'
        )
        and (event_type <> 'status' or {{ ticket_status("new_value") }} is not null)
),

origins as (

    select
        source_system,
        ticket_id,
        {% for field in replayed_fields -%}
        bool_or(event_type = '{{ field }}') as has_{{ field }}_events,
        {{ value_at_first("old_value", ["occurred_at", "event_id"]) }} filter (
            where event_type = '{{ field }}'
        ) as first_{{ field }},
        {% endfor -%}
        min(occurred_at) filter (where event_type = 'merge') as merged_at,
        min(occurred_at) filter (where event_type = 'delete') as deleted_at
    from ticket_events
    group by source_system, ticket_id
),

references_resolved as (

    select * from {{ ref("int_references_resolved") }}
),

test_customers as (

    select customer_id
    from {{ ref("int_customer_versions") }}
    where
        is_test
        and valid_to > {{ as_of_cut() }}
),

schedules as (

    select * from {{ ref("int_schedules") }}
),

accounts as (

    select * from {{ ref("int_accounts_resolved") }}
),

tickets_with_keys as (

    select
        tickets.*,
        coalesce(references_resolved.customer_id, '-1') as customer_id,
        coalesce(accounts.account_id, '-1') as durable_account_id,
        coalesce(named_schedules.schedule_key, default_schedules.schedule_key) as schedule_key
    from tickets
    left join references_resolved on tickets.reference_key = references_resolved.reference_key
    left join accounts
        on
            tickets.source_system = accounts.source_system
            and tickets.account_id = accounts.source_account_id
    left join schedules as named_schedules
        on
            tickets.source_system = named_schedules.source_system
            and tickets.schedule_id = named_schedules.schedule_id
    left join schedules as default_schedules
        on
            tickets.source_system = default_schedules.source_system
            and default_schedules.is_default
),

int_tickets_known as (

    select
        {{ surrogate_key(["tickets.source_system", "tickets.ticket_id"]) }} as ticket_key,
        tickets.source_system,
        tickets.ticket_id,
        tickets.customer_id,
        tickets.durable_account_id as account_id,
        tickets.requester_id,
        tickets.schedule_key,
        tickets.product_id,
        tickets.order_id,
        tickets.location_id,
        case
            when coalesce(origins.has_sla_policy_events, false) then origins.first_sla_policy
            else coalesce(nullif(trim(tickets.sla_policy_id), ''), {{ default_sla_policy("tickets.source_system") }})
        end as initial_sla_policy_id,
        case
            when coalesce(origins.merged_at < {{ as_of_cut() }}, true)
                then nullif(trim(tickets.merged_into_ticket_id), '')
        end as merged_into_ticket_id,
        nullif(trim(tickets.follow_up_of_ticket_id), '') as follow_up_of_ticket_id,

        tickets.channel,
        nullif(trim(tickets.type), '') as type,
        tickets.touchpoint,
        tickets.root_cause,
        tickets.language,
        tickets.tags,
        tickets.submitter_type,
        tickets.satisfaction as delivered_satisfaction,
        case
            when coalesce(origins.has_status_events, false) then coalesce(origins.first_status, 'new')
            when tickets.solved_at is not null then 'open'
            else tickets.status
        end as initial_status,
        {% for field, column, name in [
            ("assignee", "assignee_id", "initial_assignee_id"),
            ("team", "team", "initial_team"),
            ("priority", "priority", "initial_priority"),
            ("category", "category", "initial_category"),
        ] -%}
        case
            when coalesce(origins.has_{{ field }}_events, false) then origins.first_{{ field }}
            else nullif(trim(tickets.{{ column }}), '')
        end as {{ name }},
        {% endfor %}

        cast(tickets.severity as integer) as severity,

        tickets.is_complaint,
        tickets.needs_reply,
        coalesce(tickets.is_spam, false) as is_spam,
        coalesce(origins.merged_at < {{ as_of_cut() }}, tickets.merged_into_ticket_id is not null) as is_merged,
        coalesce(origins.deleted_at < {{ as_of_cut() }}, coalesce(tickets.is_deleted, false)) as is_deleted,
        test_customers.customer_id is not null as is_test_customer,
        coalesce(origins.has_status_events, false) as has_status_events,
        coalesce(origins.has_satisfaction_events, false) as has_satisfaction_events,
        coalesce(origins.has_sla_policy_events, false) as has_sla_policy_events,

        tickets.created_at,
        tickets.solved_at as delivered_solved_at,
        tickets.satisfaction_at as delivered_satisfaction_at,
        tickets.updated_at,
        case when origins.merged_at > tickets.created_at then origins.merged_at end as merged_at,
        case
            when origins.deleted_at > tickets.created_at then origins.deleted_at
            when origins.deleted_at is null and tickets.is_deleted and tickets.updated_at > tickets.created_at
                then tickets.updated_at
        end as deleted_at
    from tickets_with_keys as tickets
    left join origins
        on
            tickets.source_system = origins.source_system
            and tickets.ticket_id = origins.ticket_id
    left join test_customers on tickets.customer_id = test_customers.customer_id
)

select * from int_tickets_known
