-- Grain: one row per event of a ticket of fct_tickets. The text of comments is not here.

with ticket_events as (

    select *
    from {{ ref("int_ticket_events_replayed") }}
    where not is_inferred
),

tickets as (

    select
        ticket_key,
        source_system,
        ticket_id,
        customer_id
    from {{ ref("fct_tickets") }}
),

customers as (

    select
        customer_id,
        customer_key,
        valid_from,
        valid_to
    from {{ ref("dim_customers") }}
),

fct_ticket_events as (

    select
        {{ surrogate_key(["tickets.source_system", "ticket_events.event_id"]) }} as ticket_event_key,
        tickets.source_system,
        ticket_events.event_id,
        ticket_events.ticket_key,
        tickets.ticket_id,
        coalesce(customers.customer_key, -1) as customer_key,
        tickets.customer_id,
        ticket_events.actor_id,

        ticket_events.event_type,
        ticket_events.actor_type,
        case
            when ticket_events.event_type = 'status' then ticket_events.from_status
            else ticket_events.old_value
        end as from_value,
        ticket_events.new_value as to_value,
        ticket_events.team_after as team,

        ticket_events.event_number,

        case when ticket_events.event_type = 'comment' then ticket_events.is_public end as is_public,
        ticket_events.is_opening,
        ticket_events.is_agent_reply,
        ticket_events.is_customer_reply,
        ticket_events.is_solution,
        ticket_events.is_reopening,
        ticket_events.is_reassignment,

        {{ local_date("ticket_events.occurred_at") }} as occurred_date,
        ticket_events.occurred_at
    from ticket_events
    inner join tickets on ticket_events.ticket_key = tickets.ticket_key
    left join customers
        on
            tickets.customer_id = customers.customer_id
            and ticket_events.occurred_at >= customers.valid_from
            and ticket_events.occurred_at < customers.valid_to
)

select * from fct_ticket_events
