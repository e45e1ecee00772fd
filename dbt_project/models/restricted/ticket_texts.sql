-- Grain: one row per text of a ticket: its subject, its description, or a comment. Never published unless asked for.

with tickets as (

    select
        ticket_key,
        source_system,
        ticket_id,
        customer_id
    from {{ ref("fct_tickets") }}
),

delivered_tickets as (

    select * from {{ ref("int_tickets_current") }}
),

ticket_events as (

    select * from {{ ref("fct_ticket_events") }}
    where event_type = 'comment'
),

delivered_events as (

    select
        source_system,
        event_id,
        body
    from {{ ref("int_ticket_events_current") }}
    where event_type = 'comment'
),

texts as (

    {% for kind in ["subject", "description"] -%}
    select
        {{ surrogate_key(["tickets.ticket_key", "'" ~ kind ~ "'"]) }} as ticket_text_key,
        tickets.ticket_key,
        cast(null as bigint) as ticket_event_key,
        tickets.source_system,
        tickets.ticket_id,
        tickets.customer_id,

        '{{ kind }}' as kind,
        nullif(trim(delivered_tickets.{{ kind }}), '') as text,

        delivered_tickets.created_at as written_at
    from tickets
    inner join delivered_tickets
        on
            tickets.source_system = delivered_tickets.source_system
            and tickets.ticket_id = delivered_tickets.ticket_id
    union all
    {% endfor -%}
    select
        ticket_events.ticket_event_key as ticket_text_key,
        ticket_events.ticket_key,
        ticket_events.ticket_event_key,
        ticket_events.source_system,
        ticket_events.ticket_id,
        ticket_events.customer_id,

        'comment' as kind,
        nullif(trim(delivered_events.body), '') as text,

        ticket_events.occurred_at as written_at
    from ticket_events
    inner join delivered_events
        on
            ticket_events.source_system = delivered_events.source_system
            and ticket_events.event_id = delivered_events.event_id
),

ticket_texts as (

    select * from texts
    where text is not null
)

select * from ticket_texts
