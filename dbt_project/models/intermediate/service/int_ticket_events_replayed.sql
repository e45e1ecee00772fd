-- Grain: one row per event of a known ticket before the cut, in order, with the ticket's state after it.
-- Order is occurred_at, then event_id. A status event leads from its own old value, else from the status before it.
-- A solution is a step from another status to solved or closed, a reopening a step from solved or closed to another
-- status. A reply is a public comment of a person who is an agent at that time: the agents' history decides, where
-- it knows the actor, else the source's word. A comment that opens the ticket is the ticket, not a reply. Bots and
-- system never reply. A ticket without status events has one more row: the solution that its own solved_at tells of.

with tickets as (

    select * from {{ ref("int_tickets_known") }}
),

ticket_events as (

    select *
    from {{ ref("int_ticket_events_current") }}
    where
        not coalesce(is_deleted, false)
        and occurred_at < {{ as_of_cut() }}
),

agent_versions as (

    select * from {{ ref("int_agent_versions") }}
),

stated_events as (

    select
        tickets.ticket_key,
        ticket_events.event_id,
        ticket_events.event_type,
        ticket_events.actor_id,
        ticket_events.actor_type,
        coalesce(ticket_events.is_public, true) as is_public,
        case
            when ticket_events.event_type = 'status' then {{ ticket_status("ticket_events.old_value") }}
            else nullif(trim(ticket_events.old_value), '')
        end as old_value,
        case
            when ticket_events.event_type = 'status' then {{ ticket_status("ticket_events.new_value") }}
            else nullif(trim(ticket_events.new_value), '')
        end as new_value,
        ticket_events.occurred_at,
        false as is_inferred
    from ticket_events
    inner join tickets
        on
            ticket_events.source_system = tickets.source_system
            and ticket_events.ticket_id = tickets.ticket_id
),

inferred_solutions as (

    select
        ticket_key,
        '' as event_id,
        'status' as event_type,
        cast(null as varchar) as actor_id,
        cast(null as varchar) as actor_type,
        true as is_public,
        'open' as old_value,
        'solved' as new_value,
        delivered_solved_at as occurred_at,
        true as is_inferred
    from tickets
    where
        not has_status_events
        and delivered_solved_at < {{ as_of_cut() }}
),

events as (

    select * from stated_events
    union all
    select * from inferred_solutions
),

comment_authors as (

    select
        events.ticket_key,
        events.event_id,
        agent_versions.agent_id is not null as is_known_actor,
        not agent_versions.is_bot
        and {{ is_agent_role("agent_versions.role") }}
        and (agent_versions.hired_at is null or agent_versions.hired_at <= events.occurred_at)
        and (agent_versions.left_at is null or agent_versions.left_at > events.occurred_at) as is_agent_then,
        agent_versions.left_at is not null or agent_versions.valid_to < {{ as_of_cut() }} as has_changed_since
    from events
    inner join tickets on events.ticket_key = tickets.ticket_key
    inner join agent_versions
        on
            tickets.source_system = agent_versions.source_system
            and events.actor_id = agent_versions.agent_id
            and events.occurred_at >= agent_versions.valid_from
            and events.occurred_at < agent_versions.valid_to
    where events.event_type = 'comment'
),

events_with_changes as (

    select
        *,
        {% for field in ["assignee_id", "team", "priority", "category"] -%}
        case
            when event_type = '{{ field | replace("_id", "") }}' then coalesce(new_value, '')
        end as new_{{ field }},
        {% endfor -%}
        case when event_type = 'status' then new_value end as new_status,
        case when event_type = 'comment' and is_public then 1 else 0 end as public_comments
    from events
),

-- A field that was emptied carries '', so that it does not fall back to the value before.
changes_so_far as (

    select
        *,
        row_number() over so_far as event_number,
        sum(public_comments) over so_far as public_comment_number,
        last_value(new_status ignore nulls) over before as changed_status_before,
        last_value(new_assignee_id ignore nulls) over before as changed_assignee_id_before,
        {% for field in ["status", "assignee_id", "team", "priority", "category"] -%}
        last_value(new_{{ field }} ignore nulls) over so_far as changed_{{ field }}
        {{- "," if not loop.last }}
        {% endfor -%}
    from events_with_changes
    window
        so_far as (
            partition by ticket_key
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ),
        before as (
            partition by ticket_key
            order by occurred_at, event_id
            rows between unbounded preceding and 1 preceding
        )
),

-- What no event has changed yet is as it was when the ticket was created.
replayed as (

    select
        changes_so_far.*,
        tickets.created_at,
        tickets.submitter_type,
        tickets.requester_id,
        coalesce(
            changes_so_far.old_value, changes_so_far.changed_status_before, tickets.initial_status
        ) as status_before,
        coalesce(changes_so_far.changed_assignee_id_before, tickets.initial_assignee_id) as assignee_id_before,
        {% for field in ["status", "assignee_id", "team", "priority", "category"] -%}
        coalesce(changes_so_far.changed_{{ field }}, tickets.initial_{{ field }}) as {{ field }}_after
        {{- "," if not loop.last }}
        {% endfor -%}
    from changes_so_far
    inner join tickets on changes_so_far.ticket_key = tickets.ticket_key
),

with_authors as (

    select
        replayed.*,
        case
            when replayed.event_type <> 'comment' or coalesce(replayed.actor_type, '') in ('bot', 'system') then false
            when replayed.actor_type = 'customer'
                then
                    coalesce(comment_authors.is_agent_then and comment_authors.has_changed_since, false)
                    and coalesce(replayed.actor_id <> replayed.requester_id, true)
            when comment_authors.is_known_actor then comment_authors.is_agent_then
            else coalesce(replayed.actor_type = 'agent', false)
        end as is_by_agent,
        coalesce(
            replayed.event_type = 'comment'
            and replayed.is_public
            and replayed.public_comment_number = 1
            and (
                replayed.occurred_at <= replayed.created_at
                or (
                    replayed.submitter_type = replayed.actor_type
                    and replayed.occurred_at <= replayed.created_at + interval 1 second
                )
            ),
            false
        ) as is_first_words
    from replayed
    left join comment_authors
        on
            replayed.ticket_key = comment_authors.ticket_key
            and replayed.event_id = comment_authors.event_id
),

int_ticket_events_replayed as (

    select
        ticket_key,
        event_id,
        actor_id,

        event_type,
        actor_type,
        old_value,
        new_value,
        case when event_type = 'status' then status_before end as from_status,
        status_after,
        nullif(assignee_id_after, '') as assignee_id_after,
        nullif(team_after, '') as team_after,
        nullif(priority_after, '') as priority_after,
        nullif(category_after, '') as category_after,

        cast(event_number as integer) as event_number,

        is_public,
        is_inferred,
        is_by_agent,
        is_first_words and not (is_by_agent and coalesce(submitter_type, 'agent') <> 'agent') as is_opening,
        is_by_agent
        and is_public
        and not (is_first_words and coalesce(submitter_type, 'agent') = 'agent') as is_agent_reply,
        event_type = 'comment'
        and is_public
        and not is_by_agent
        and coalesce(actor_type = 'customer' or actor_id = requester_id, false)
        and not is_first_words as is_customer_reply,
        coalesce(
            event_type = 'status'
            and {{ is_done_status("new_value") }}
            and not {{ is_done_status("status_before") }},
            false
        ) as is_solution,
        coalesce(
            event_type = 'status'
            and not {{ is_done_status("new_value") }}
            and {{ is_done_status("status_before") }},
            false
        ) as is_reopening,
        coalesce(
            event_type = 'assignee'
            and nullif(assignee_id_before, '') is not null
            and new_value is not null
            and assignee_id_before <> new_value,
            false
        ) as is_reassignment,

        occurred_at
    from with_authors
)

select * from int_ticket_events_replayed
