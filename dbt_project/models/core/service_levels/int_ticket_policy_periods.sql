-- Grain: one row per interval of a ticket's life in which its service level policy and priority did not change.
-- Only tickets that ever had a policy. A policy may be kept by another system than the ticket: which one is meant is
-- written in macros/identity.sql. Lies beside core because it waits for dim_sla_policies.

{{ config(schema="intermediate") }}

with tickets as (

    select
        ticket_key,
        source_system,
        initial_sla_policy_id,
        initial_priority,
        created_at
    from {{ ref("int_tickets_known") }}
    where
        (initial_sla_policy_id is not null or has_sla_policy_events)
        and not is_deleted
        and not is_test_customer
),

changes as (

    select
        ticket_key,
        event_number,
        event_type,
        coalesce(new_value, '') as new_value,
        occurred_at
    from {{ ref("int_ticket_events_replayed") }}
    where event_type in ('sla_policy', 'priority')
),

policies as (

    select distinct
        source_system,
        policy_id,
        {{ is_of_one_system("policy_id") }} as is_of_one_system
    from {{ ref("dim_sla_policies") }}
),

-- What was taken away carries '', so that it does not fall back to the value before.
starts as (

    select
        ticket_key,
        source_system,
        0 as event_number,
        coalesce(initial_sla_policy_id, '') as new_policy_id,
        coalesce(initial_priority, '') as new_priority,
        created_at as starts_at
    from tickets
    union all
    select
        tickets.ticket_key,
        tickets.source_system,
        changes.event_number,
        case when changes.event_type = 'sla_policy' then changes.new_value end as new_policy_id,
        case when changes.event_type = 'priority' then changes.new_value end as new_priority,
        greatest(changes.occurred_at, tickets.created_at) as starts_at
    from changes
    inner join tickets on changes.ticket_key = tickets.ticket_key
),

states as (

    select
        ticket_key,
        source_system,
        nullif(last_value(new_policy_id ignore nulls) over so_far, '') as policy_id,
        lower(nullif(last_value(new_priority ignore nulls) over so_far, '')) as priority,
        starts_at,
        coalesce(
            lead(starts_at) over (partition by ticket_key order by starts_at, event_number),
            cast('9999-12-31 00:00:00+00' as timestamptz)
        ) as ends_at
    from starts
    window so_far as (
        partition by ticket_key
        order by starts_at, event_number
        rows between unbounded preceding and current row
    )
),

int_ticket_policy_periods as (

    select
        states.ticket_key,
        policies.source_system as policy_source_system,
        policies.policy_id,

        states.priority,

        states.starts_at,
        states.ends_at
    from states
    left join policies
        on
            states.policy_id = policies.policy_id
            and {{ is_meant("states", "policies") }}
    where states.starts_at < states.ends_at
)

select * from int_ticket_policy_periods
