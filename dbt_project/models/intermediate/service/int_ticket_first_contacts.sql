-- Grain: one row per ticket that was ever solved, with what first contact resolution says of it, method by method.
-- One-touch reproduces the help desk's own figure: solved now, fewer than two replies, merged, spam and deleted ones
-- too. Strict: exactly one reply and never reopened. No repeat: neither reopened nor followed by a ticket of the
-- same known customer about the same category in (first_solved_at, first_solved_at + window]; judged only when the
-- window has passed, also where the repeat is there already. A ticket without category may repeat any, and any may
-- repeat it. A follow-up of another ticket is not a first contact; it is a repeat of the first.

with tickets as (

    select *
    from {{ ref("int_tickets_replayed") }}
    where not is_test_customer
),

contacts as (

    select
        ticket_key,
        customer_id,
        category,
        created_at
    from tickets
    where
        is_counted
        and customer_id <> '-1'
),

repeated as (

    select distinct tickets.ticket_key
    from tickets
    inner join contacts
        on
            tickets.customer_id = contacts.customer_id
            and tickets.ticket_key <> contacts.ticket_key
            and tickets.first_solved_at < contacts.created_at
            and {{ fcr_window_end("tickets.first_solved_at") }} >= contacts.created_at
            and coalesce(tickets.category, contacts.category, '') = coalesce(contacts.category, tickets.category, '')
    where
        tickets.is_counted
        and tickets.first_solved_at is not null
),

int_ticket_first_contacts as (

    select
        tickets.ticket_key,

        case when tickets.is_solved then tickets.agent_reply_count < 2 end as is_one_touch,
        case
            when tickets.is_counted then tickets.agent_reply_count = 1 and tickets.reopen_count = 0
        end as is_fcr_strict,
        case
            when tickets.is_counted and tickets.follow_up_of_ticket_id is null
                then {{ fcr_window_end("tickets.first_solved_at") }} < {{ as_of_cut() }}
        end as is_fcr_mature,
        case
            when
                tickets.is_counted
                and tickets.follow_up_of_ticket_id is null
                and {{ fcr_window_end("tickets.first_solved_at") }} < {{ as_of_cut() }}
                then
                    repeated.ticket_key is null
                    and coalesce(tickets.first_reopened_at > {{ fcr_window_end("tickets.first_solved_at") }}, true)
        end as is_fcr_no_repeat
    from tickets
    left join repeated on tickets.ticket_key = repeated.ticket_key
    where
        tickets.first_solved_at is not null
        or tickets.is_solved
)

select * from int_ticket_first_contacts
