-- Grain: one row per ticket, metric and instance: something that a policy of the ticket has a target for, from when it
-- is waited for to when it came.
-- First reply: from creation to the first reply, where one is awaited at all (macros/tickets.sql). Next reply: from the
-- oldest customer's reply that is not answered; words before the first reply wait for that one, and words after a
-- solution begin a new wait. Requester wait, agent work and full resolution: from creation to the last solution; a
-- ticket that was reopened is not there yet. Updates: from each reply of an agent to the next one. What nobody waits
-- for any more, because the ticket was solved or merged, is closed: it did not come, and is not due. Only what is known
-- is here: a ticket that was solved nobody knows when has no resolution, one that was solved without status events no
-- waiting time.

{{ config(schema="intermediate") }}

{% set from_creation_to_solution = ["requester_wait", "agent_work", "full_resolution"] -%}
{% set updates = ["periodic_update", "pausable_update"] -%}

with tickets as (

    select
        *,
        {{ awaits_reply("needs_reply", "submitter_type") }} as awaits_reply,
        least({{ as_of_cut() }}, coalesce(merged_at, {{ as_of_cut() }})) as watched_until
    from {{ ref("int_tickets_replayed") }}
    where
        not is_deleted
        and not is_test_customer
),

policy_periods as (

    select * from {{ ref("int_ticket_policy_periods") }}
),

policy_metrics as (

    select distinct
        source_system,
        policy_id,
        metric
    from {{ ref("dim_sla_policies") }}
),

promised as (

    select distinct
        policy_periods.ticket_key,
        policy_metrics.metric
    from policy_periods
    inner join policy_metrics
        on
            policy_periods.policy_source_system = policy_metrics.source_system
            and policy_periods.policy_id = policy_metrics.policy_id
),

promised_tickets as (

    select distinct ticket_key from promised
),

steps as (

    select
        events.ticket_key,
        tickets.awaits_reply,
        events.event_number,
        events.assignee_id_after,
        events.team_after,
        events.is_agent_reply,
        events.is_customer_reply,
        events.is_solution,
        {{ is_done_status("events.status_after") }} as is_done,
        greatest(events.occurred_at, tickets.created_at) as occurred_at,
        min(case when events.is_agent_reply then events.event_number end) over (
            partition by events.ticket_key
        ) as first_reply_number
    from {{ ref("int_ticket_events_replayed") }} as events
    inner join tickets on events.ticket_key = tickets.ticket_key
    inner join promised_tickets on events.ticket_key = promised_tickets.ticket_key
    where
        events.is_agent_reply
        or events.is_customer_reply
        or events.is_solution
),

holders as (

    select
        ticket_key,
        {{ value_at_first("assignee_id_after", ["event_number"]) }} filter (where is_agent_reply) as replied_by,
        {{ value_at_last("assignee_id_after", ["event_number"]) }} filter (where is_solution) as solved_by,
        bool_or(is_solution) as has_solution
    from steps
    group by ticket_key
),

first_replies as (

    select
        tickets.ticket_key,
        'first_reply' as metric,
        cast(1 as bigint) as instance_number,
        tickets.first_team as team,
        case
            when tickets.first_replied_at is not null then holders.replied_by
            else tickets.assignee_id
        end as assignee_id,
        tickets.created_at as started_at,
        case
            when tickets.first_replied_at is not null then greatest(tickets.first_replied_at, tickets.created_at)
        end as fulfilled_at,
        case
            when tickets.first_replied_at is null and tickets.is_solved
                then coalesce(greatest(tickets.last_solved_at, tickets.created_at), tickets.created_at)
        end as closed_at
    from tickets
    left join holders on tickets.ticket_key = holders.ticket_key
    where tickets.awaits_reply
),

solutions as (

    {% for metric in from_creation_to_solution -%}
    select
        tickets.ticket_key,
        '{{ metric }}' as metric,
        cast(1 as bigint) as instance_number,
        tickets.first_team as team,
        case
            when tickets.is_solved and holders.has_solution then holders.solved_by
            else tickets.assignee_id
        end as assignee_id,
        tickets.created_at as started_at,
        case when tickets.is_solved then greatest(tickets.last_solved_at, tickets.created_at) end as fulfilled_at,
        cast(null as timestamptz) as closed_at
    from tickets
    left join holders on tickets.ticket_key = holders.ticket_key
    where
        not tickets.is_solved
        or (
            tickets.last_solved_at is not null
            {%- if metric != "full_resolution" %}
            and tickets.requester_wait_minutes is not null
            {%- endif %}
        )
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- Words of a customer that follow others of theirs wait with them.
words_and_answers as (

    select
        *,
        is_customer_reply
        and not coalesce(
            lag(is_customer_reply) over (partition by ticket_key order by event_number), false
        ) as begins_waiting
    from steps
    where
        not awaits_reply
        or event_number > first_reply_number
),

numbered_words as (

    select
        *,
        sum(case when begins_waiting then 1 else 0 end) over (
            partition by ticket_key
            order by event_number
            rows between unbounded preceding and current row
        ) as instance_number
    from words_and_answers
),

answered_words as (

    select
        ticket_key,
        cast(instance_number as bigint) as instance_number,
        lead(instance_number) over (partition by ticket_key order by instance_number) is null as is_last,
        {{ value_at_first("team_after", ["event_number"]) }} as team,
        {{ value_at_first("assignee_id_after", ["event_number"]) }} filter (where is_agent_reply) as replied_by,
        {{ value_at_last("assignee_id_after", ["event_number"]) }} filter (where is_solution) as solved_by,
        min(occurred_at) as started_at,
        min(occurred_at) filter (where is_agent_reply) as fulfilled_at,
        max(occurred_at) filter (where is_solution) as solved_at
    from numbered_words
    where instance_number > 0
    group by ticket_key, instance_number
),

next_replies as (

    select
        answered_words.ticket_key,
        'next_reply' as metric,
        answered_words.instance_number,
        answered_words.team,
        case
            when answered_words.fulfilled_at is not null then answered_words.replied_by
            when not answered_words.is_last or tickets.is_solved then answered_words.solved_by
            else tickets.assignee_id
        end as assignee_id,
        answered_words.started_at,
        answered_words.fulfilled_at,
        case
            when answered_words.fulfilled_at is not null then null
            when not answered_words.is_last or tickets.is_solved
                then coalesce(answered_words.solved_at, answered_words.started_at)
        end as closed_at
    from answered_words
    inner join tickets on answered_words.ticket_key = tickets.ticket_key
),

replies_and_solutions as (

    select
        *,
        row_number() over (partition by ticket_key, is_agent_reply order by event_number) as instance_number,
        lead(is_agent_reply) over (partition by ticket_key order by event_number) as is_reply_next,
        lead(occurred_at) over (partition by ticket_key order by event_number) as next_at,
        lead(assignee_id_after) over (partition by ticket_key order by event_number) as next_assignee_id
    from steps
    where
        is_agent_reply
        or is_solution
),

updates as (

    {% for metric in updates -%}
    select
        replies_and_solutions.ticket_key,
        '{{ metric }}' as metric,
        replies_and_solutions.instance_number,
        replies_and_solutions.team_after as team,
        case
            when replies_and_solutions.next_at is not null then replies_and_solutions.next_assignee_id
            else tickets.assignee_id
        end as assignee_id,
        replies_and_solutions.occurred_at as started_at,
        case when replies_and_solutions.is_reply_next then replies_and_solutions.next_at end as fulfilled_at,
        case when not replies_and_solutions.is_reply_next then replies_and_solutions.next_at end as closed_at
    from replies_and_solutions
    inner join tickets on replies_and_solutions.ticket_key = tickets.ticket_key
    where
        replies_and_solutions.is_agent_reply
        and not replies_and_solutions.is_done
        and (
            coalesce(replies_and_solutions.is_reply_next, true)
            or replies_and_solutions.next_at > replies_and_solutions.occurred_at
        )
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

waits as (

    select * from first_replies
    union all
    select * from next_replies
    union all
    select * from solutions
    union all
    select * from updates
),

int_sla_waits as (

    select
        waits.ticket_key,
        waits.assignee_id,

        waits.metric,
        waits.team,

        waits.instance_number,

        waits.started_at,
        waits.fulfilled_at,
        waits.closed_at,
        coalesce(
            waits.fulfilled_at, waits.closed_at, greatest(tickets.watched_until, waits.started_at)
        ) as ended_at
    from waits
    inner join tickets on waits.ticket_key = tickets.ticket_key
    inner join promised
        on
            waits.ticket_key = promised.ticket_key
            and waits.metric = promised.metric
)

select * from int_sla_waits
