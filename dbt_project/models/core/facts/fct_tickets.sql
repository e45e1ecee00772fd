-- Grain: one row per ticket that exists at as_of; merged and spam tickets are here with a flag, deleted ones and
-- those of test customers are not. Minutes are elapsed seconds / 60. They are null for what never happened; business
-- minutes are 0 for what happened outside all hours and null where no schedule governs the ticket. What counts as a
-- reply, a solution and a reopening is written in int_ticket_events_replayed, the methods of first contact
-- resolution in int_ticket_first_contacts.

with tickets as (

    select *
    from {{ ref("int_tickets_replayed") }}
    where
        not is_deleted
        and not is_test_customer
),

business_minutes as (

    select * from {{ ref("int_ticket_business_minutes") }}
),

first_contacts as (

    select * from {{ ref("int_ticket_first_contacts") }}
),

customers as (

    select
        customer_id,
        customer_key,
        valid_from,
        valid_to
    from {{ ref("dim_customers") }}
),

agents as (

    select
        source_system,
        agent_id,
        agent_key,
        valid_from,
        valid_to
    from {{ ref("dim_agents") }}
),

fct_tickets as (

    select
        tickets.ticket_key,
        tickets.source_system,
        tickets.ticket_id,
        coalesce(customers.customer_key, -1) as customer_key,
        coalesce(customers.customer_id, '-1') as customer_id,
        tickets.account_id,
        coalesce(agents.agent_key, -1) as agent_key,
        tickets.assignee_id,
        coalesce(tickets.schedule_key, -1) as schedule_key,
        tickets.product_id,
        tickets.order_id,
        tickets.location_id,
        tickets.sla_policy_id,
        tickets.merged_into_ticket_id,
        tickets.follow_up_of_ticket_id,

        tickets.channel,
        tickets.team,
        tickets.first_team,
        tickets.first_reply_team,
        tickets.first_solve_team,
        tickets.last_solve_team,
        case when tickets.satisfaction in ('good', 'bad') then tickets.rated_team end as satisfaction_team,
        tickets.category,
        tickets.type,
        tickets.priority,
        tickets.status,
        tickets.touchpoint,
        tickets.root_cause,
        tickets.language,
        tickets.tags,
        tickets.submitter_type,
        tickets.satisfaction,

        tickets.severity,
        case
            when tickets.first_replied_at is not null
                then greatest({{ minutes_between("tickets.created_at", "tickets.first_replied_at") }}, 0.0)
        end as first_reply_minutes,
        business_minutes.first_reply_business_minutes,
        case
            when tickets.first_solved_at is not null
                then greatest({{ minutes_between("tickets.created_at", "tickets.first_solved_at") }}, 0.0)
        end as first_resolution_minutes,
        business_minutes.first_resolution_business_minutes,
        case
            when tickets.is_solved and tickets.last_solved_at is not null
                then greatest({{ minutes_between("tickets.created_at", "tickets.last_solved_at") }}, 0.0)
        end as full_resolution_minutes,
        business_minutes.full_resolution_business_minutes,
        tickets.requester_wait_minutes,
        tickets.agent_wait_minutes,
        tickets.on_hold_minutes,
        tickets.agent_reply_count,
        tickets.customer_reply_count,
        tickets.reopen_count,
        tickets.reassignment_count,
        tickets.bad_to_good_count,
        tickets.good_to_bad_count,

        tickets.is_complaint,
        tickets.needs_reply,
        tickets.is_solved,
        tickets.is_merged,
        tickets.is_spam,
        first_contacts.is_one_touch,
        first_contacts.is_fcr_strict,
        first_contacts.is_fcr_no_repeat,
        first_contacts.is_fcr_mature,

        {{ local_date("tickets.created_at") }} as created_date,
        {{ local_date("tickets.first_replied_at") }} as first_replied_date,
        {{ local_date("tickets.first_solved_at") }} as first_solved_date,
        {{ local_date("tickets.last_solved_at") }} as last_solved_date,
        {{ local_date("tickets.satisfaction_at") }} as satisfaction_date,
        tickets.created_at,
        tickets.first_replied_at,
        tickets.first_solved_at,
        tickets.last_solved_at,
        tickets.first_reopened_at,
        tickets.satisfaction_at
    from tickets
    left join business_minutes on tickets.ticket_key = business_minutes.ticket_key
    left join first_contacts on tickets.ticket_key = first_contacts.ticket_key
    left join customers
        on
            tickets.customer_id = customers.customer_id
            and tickets.created_at >= customers.valid_from
            and tickets.created_at < customers.valid_to
    left join agents
        on
            tickets.source_system = agents.source_system
            and coalesce(tickets.first_solve_assignee_id, tickets.assignee_id) = agents.agent_id
            and coalesce(tickets.first_solved_at, tickets.created_at) >= agents.valid_from
            and coalesce(tickets.first_solved_at, tickets.created_at) < agents.valid_to
)

select * from fct_tickets
