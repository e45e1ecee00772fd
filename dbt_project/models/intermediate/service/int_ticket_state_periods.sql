-- Grain: one row per interval of a ticket's life in which its status, team, assignee and priority did not change.
-- Intervals of one ticket touch and do not overlap; the last one ends at the cut, or when the ticket was merged or
-- deleted.

with tickets as (

    select
        *,
        least(
            {{ as_of_cut() }},
            coalesce(merged_at, cast('9999-12-31 00:00:00+00' as timestamptz)),
            coalesce(deleted_at, cast('9999-12-31 00:00:00+00' as timestamptz))
        ) as ends_at
    from {{ ref("int_tickets_known") }}
),

changes as (

    select *
    from {{ ref("int_ticket_events_replayed") }}
    where event_type in ('status', 'team', 'assignee', 'priority')
),

starts as (

    select
        ticket_key,
        0 as event_number,
        initial_status as status,
        initial_team as team,
        initial_assignee_id as assignee_id,
        initial_priority as priority,
        created_at as starts_at
    from tickets
    union all
    select
        changes.ticket_key,
        changes.event_number,
        changes.status_after as status,
        changes.team_after as team,
        changes.assignee_id_after as assignee_id,
        changes.priority_after as priority,
        greatest(changes.occurred_at, tickets.created_at) as starts_at
    from changes
    inner join tickets on changes.ticket_key = tickets.ticket_key
),

intervals as (

    select
        starts.*,
        least(
            coalesce(
                lead(starts.starts_at) over (
                    partition by starts.ticket_key order by starts.starts_at, starts.event_number
                ),
                tickets.ends_at
            ),
            tickets.ends_at
        ) as ends_at
    from starts
    inner join tickets on starts.ticket_key = tickets.ticket_key
),

int_ticket_state_periods as (

    select
        ticket_key,
        assignee_id,

        status,
        team,
        priority,

        event_number,

        starts_at,
        ends_at
    from intervals
    where starts_at < ends_at
)

select * from int_ticket_state_periods
