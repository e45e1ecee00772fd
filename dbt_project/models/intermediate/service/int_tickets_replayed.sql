-- Grain: one row per ticket that existed before the cut, also merged, spam and deleted ones, in its state at the
-- cut.
-- What counts as a solution, a reopening or a reply is in int_ticket_events_replayed. A ticket reopened and not
-- solved again keeps its first resolution, but has no full one. Where no event is a solution, because the ticket was
-- solved before all of them, the first that says solved or closed stands for it, with its team and assignee. Waiting
-- times add up what the status events tell: new, open and hold is the requester's wait, pending the agent's; without
-- status events nobody knows them.

with tickets as (

    select * from {{ ref("int_tickets_known") }}
),

ticket_events as (

    select * from {{ ref("int_ticket_events_replayed") }}
),

state_periods as (

    select
        ticket_key,
        status,
        {{ minutes_between("starts_at", "ends_at") }} as minutes
    from {{ ref("int_ticket_state_periods") }}
),

events_per_ticket as (

    select
        ticket_key,
        min(occurred_at) filter (where is_agent_reply) as first_replied_at,
        coalesce(
            min(occurred_at) filter (where is_solution),
            min(occurred_at) filter (where event_type = 'status' and {{ is_done_status("new_value") }})
        ) as first_solved_at,
        coalesce(
            max(occurred_at) filter (where is_solution),
            min(occurred_at) filter (where event_type = 'status' and {{ is_done_status("new_value") }})
        ) as last_solved_at,
        min(occurred_at) filter (where is_reopening) as first_reopened_at,
        min_by(new_value, event_number) filter (where event_type = 'team' and new_value is not null) as first_team,
        {{ value_at_first("team_after", ["event_number"]) }} filter (where is_agent_reply) as first_reply_team,
        {% for name, column, value_at in [
            ("first_solve_team", "team_after", value_at_first),
            ("last_solve_team", "team_after", value_at_last),
            ("first_solve_assignee_id", "assignee_id_after", value_at_first),
        ] -%}
        case
            when bool_or(is_solution) then {{ value_at(column, ["event_number"]) }} filter (where is_solution)
            else {{ value_at_first(column, ["event_number"]) }} filter (
                where event_type = 'status' and {{ is_done_status("new_value") }}
            )
        end as {{ name }},
        {% endfor -%}
        bool_or(event_type = 'sla_policy') as has_sla_policy_events,
        {{ value_at_last("new_value", ["event_number"]) }} filter (
            where event_type = 'sla_policy'
        ) as last_sla_policy_id,
        count(*) filter (where is_agent_reply) as agent_reply_count,
        count(*) filter (where is_customer_reply) as customer_reply_count,
        count(*) filter (where is_reopening) as reopen_count,
        count(*) filter (where is_reassignment) as reassignment_count
    from ticket_events
    group by ticket_key
),

last_events as (

    select *
    from ticket_events
    qualify row_number() over (partition by ticket_key order by event_number desc) = 1
),

satisfaction_changes as (

    select
        ticket_key,
        event_number,
        occurred_at,
        team_after,
        lower(new_value) as satisfaction,
        lower(new_value) in ('good', 'bad') as is_rating,
        last_value(case when lower(new_value) in ('good', 'bad') then lower(new_value) end ignore nulls) over (
            partition by ticket_key
            order by event_number
            rows between unbounded preceding and 1 preceding
        ) as rating_before
    from ticket_events
    where
        event_type = 'satisfaction'
        and lower(new_value) in ('unoffered', 'offered', 'good', 'bad')
),

ratings_per_ticket as (

    select
        ticket_key,
        coalesce(
            max_by(satisfaction, event_number) filter (where is_rating), max_by(satisfaction, event_number)
        ) as satisfaction,
        {{ value_at_last("team_after", ["event_number"]) }} filter (where is_rating) as satisfaction_team,
        max(occurred_at) filter (where is_rating) as satisfaction_at,
        count(*) filter (where satisfaction = 'good' and rating_before = 'bad') as bad_to_good_count,
        count(*) filter (where satisfaction = 'bad' and rating_before = 'good') as good_to_bad_count
    from satisfaction_changes
    group by ticket_key
),

waits_per_ticket as (

    select
        ticket_key,
        sum(minutes) filter (where status in ('new', 'open', 'hold')) as requester_wait_minutes,
        sum(minutes) filter (where status = 'pending') as agent_wait_minutes,
        sum(minutes) filter (where status = 'hold') as on_hold_minutes
    from state_periods
    group by ticket_key
),

int_tickets_replayed as (

    select
        tickets.ticket_key,
        tickets.source_system,
        tickets.ticket_id,
        tickets.customer_id,
        tickets.account_id,
        case
            when last_events.ticket_key is not null then last_events.assignee_id_after
            else tickets.initial_assignee_id
        end as assignee_id,
        events_per_ticket.first_solve_assignee_id,
        tickets.schedule_key,
        tickets.product_id,
        tickets.order_id,
        tickets.location_id,
        case
            when coalesce(events_per_ticket.has_sla_policy_events, false) then events_per_ticket.last_sla_policy_id
            else tickets.initial_sla_policy_id
        end as sla_policy_id,
        tickets.merged_into_ticket_id,
        tickets.follow_up_of_ticket_id,

        coalesce(last_events.status_after, tickets.initial_status) as status,
        tickets.channel,
        case when last_events.ticket_key is not null then last_events.team_after else tickets.initial_team end as team,
        coalesce(tickets.initial_team, events_per_ticket.first_team) as first_team,
        events_per_ticket.first_reply_team,
        events_per_ticket.first_solve_team,
        events_per_ticket.last_solve_team,
        case
            when ratings_per_ticket.satisfaction_at is not null then ratings_per_ticket.satisfaction_team
            when events_per_ticket.last_solved_at is not null then events_per_ticket.last_solve_team
            else tickets.initial_team
        end as rated_team,
        case
            when last_events.ticket_key is not null then last_events.category_after
            else tickets.initial_category
        end as category,
        tickets.type,
        case
            when last_events.ticket_key is not null then last_events.priority_after
            else tickets.initial_priority
        end as priority,
        tickets.touchpoint,
        tickets.root_cause,
        tickets.language,
        tickets.tags,
        tickets.submitter_type,
        case
            when ratings_per_ticket.ticket_key is not null then ratings_per_ticket.satisfaction
            when tickets.has_satisfaction_events then null
            when
                tickets.delivered_satisfaction in ('good', 'bad')
                and tickets.delivered_satisfaction_at >= {{ as_of_cut() }}
                then null
            else tickets.delivered_satisfaction
        end as satisfaction,

        tickets.severity,
        cast(coalesce(events_per_ticket.agent_reply_count, 0) as integer) as agent_reply_count,
        cast(coalesce(events_per_ticket.customer_reply_count, 0) as integer) as customer_reply_count,
        cast(coalesce(events_per_ticket.reopen_count, 0) as integer) as reopen_count,
        cast(coalesce(events_per_ticket.reassignment_count, 0) as integer) as reassignment_count,
        cast(coalesce(ratings_per_ticket.bad_to_good_count, 0) as integer) as bad_to_good_count,
        cast(coalesce(ratings_per_ticket.good_to_bad_count, 0) as integer) as good_to_bad_count,
        {% for minutes in ["requester_wait_minutes", "agent_wait_minutes", "on_hold_minutes"] -%}
        case
            when tickets.has_status_events then coalesce(waits_per_ticket.{{ minutes }}, 0.0)
        end as {{ minutes }},
        {% endfor %}

        tickets.is_complaint,
        tickets.needs_reply,
        {{ is_done_status("coalesce(last_events.status_after, tickets.initial_status)") }} as is_solved,
        tickets.is_merged,
        tickets.is_spam,
        tickets.is_deleted,
        tickets.is_test_customer,
        not tickets.is_merged
        and not tickets.is_spam
        and not tickets.is_deleted
        and not tickets.is_test_customer as is_counted,

        tickets.created_at,
        events_per_ticket.first_replied_at,
        events_per_ticket.first_solved_at,
        events_per_ticket.last_solved_at,
        events_per_ticket.first_reopened_at,
        coalesce(
            ratings_per_ticket.satisfaction_at,
            case
                when
                    ratings_per_ticket.ticket_key is null
                    and not tickets.has_satisfaction_events
                    and tickets.delivered_satisfaction in ('good', 'bad')
                    and (
                        tickets.delivered_satisfaction_at is null
                        or tickets.delivered_satisfaction_at < {{ as_of_cut() }}
                    )
                    then coalesce(
                        tickets.delivered_satisfaction_at, events_per_ticket.last_solved_at, tickets.created_at
                    )
            end
        ) as satisfaction_at,
        tickets.merged_at,
        tickets.deleted_at,
        tickets.updated_at
    from tickets
    left join events_per_ticket on tickets.ticket_key = events_per_ticket.ticket_key
    left join last_events on tickets.ticket_key = last_events.ticket_key
    left join ratings_per_ticket on tickets.ticket_key = ratings_per_ticket.ticket_key
    left join waits_per_ticket on tickets.ticket_key = waits_per_ticket.ticket_key
)

select * from int_tickets_replayed
