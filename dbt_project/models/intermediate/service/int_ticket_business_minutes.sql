-- Grain: one row per ticket that has a schedule; the business minutes of its reply and its resolutions.
-- Null for what never happened, 0 for what happened outside all hours.

with tickets as (

    select
        ticket_key,
        schedule_key,
        is_solved,
        created_at,
        first_replied_at,
        first_solved_at,
        last_solved_at
    from {{ ref("int_tickets_replayed") }}
    where schedule_key is not null
),

int_ticket_business_minutes as (

    select
        tickets.ticket_key,

        {{ business_minutes_between(
            "tickets.schedule_key", "at_creation", "tickets.created_at", "at_reply", "tickets.first_replied_at"
        ) }} as first_reply_business_minutes,
        {{ business_minutes_between(
            "tickets.schedule_key", "at_creation", "tickets.created_at", "at_first_solve", "tickets.first_solved_at"
        ) }} as first_resolution_business_minutes,
        case
            when tickets.is_solved
                then {{ business_minutes_between(
                    "tickets.schedule_key",
                    "at_creation", "tickets.created_at",
                    "at_last_solve", "tickets.last_solved_at"
                ) }}
        end as full_resolution_business_minutes
    from tickets
    {{ join_last_opening("at_creation", "tickets.schedule_key", "tickets.created_at") }}
    {{ join_last_opening("at_reply", "tickets.schedule_key", "tickets.first_replied_at") }}
    {{ join_last_opening("at_first_solve", "tickets.schedule_key", "tickets.first_solved_at") }}
    {{ join_last_opening("at_last_solve", "tickets.schedule_key", "tickets.last_solved_at") }}
)

select * from int_ticket_business_minutes
