-- Grain: one row per target of a service level policy that a ticket had: ticket, metric and instance (each wait for a
-- next reply or an update is one). Accumulating: the row follows its wait until that has ended.
-- Equal is achieved. What is over its target is breached, also while it is waited for (active_breached); what is not
-- over and still waited for is undecided (active, or paused while the clock stands still). Cancelled is what nobody
-- waits for any more and was not over: solved without a reply, or without a target since policy or priority changed;
-- and whatever a merged or spam ticket had. Targets in business hours of tickets without a schedule are not here:
-- nobody knows their hours. When a wait begins and ends is written in int_sla_waits, which target holds in
-- int_sla_targets_applied, what the clock counts in int_sla_clocks.

with targets as (

    select * from {{ ref("int_sla_targets_applied") }}
),

clocks as (

    select * from {{ ref("int_sla_clocks") }}
),

tickets as (

    select
        ticket_key,
        source_system,
        ticket_id,
        customer_id,
        is_merged or is_spam as is_void
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

agents as (

    select
        source_system,
        agent_id,
        agent_key,
        valid_from,
        valid_to
    from {{ ref("dim_agents") }}
),

judged as (

    select
        targets.*,
        tickets.source_system,
        tickets.ticket_id,
        tickets.customer_id,
        clocks.elapsed_seconds,
        clocks.target_reached_at,
        case
            when tickets.is_void or targets.is_withdrawn then 'cancelled'
            when clocks.elapsed_seconds > targets.target_seconds
                then
                    case
                        when targets.fulfilled_at is not null or targets.closed_at is not null then 'breached'
                        else 'active_breached'
                    end
            when targets.fulfilled_at is not null then 'achieved'
            when targets.closed_at is not null then 'cancelled'
            when clocks.is_paused then 'paused'
            else 'active'
        end as status
    from targets
    inner join tickets on targets.ticket_key = tickets.ticket_key
    inner join clocks
        on
            targets.ticket_key = clocks.ticket_key
            and targets.metric = clocks.metric
            and targets.instance_number = clocks.instance_number
),

fct_sla_targets as (

    select
        {{ surrogate_key(["judged.ticket_key", "judged.metric", "judged.instance_number"]) }} as sla_target_key,
        judged.ticket_key,
        judged.source_system,
        judged.ticket_id,
        judged.sla_policy_key,
        judged.policy_id,
        coalesce(customers.customer_key, -1) as customer_key,
        judged.customer_id,
        coalesce(agents.agent_key, -1) as agent_key,
        judged.assignee_id,
        coalesce(judged.schedule_key, -1) as schedule_key,

        judged.metric,
        judged.priority,
        judged.hours,
        judged.team,
        judged.status,

        judged.instance_number,
        judged.target_minutes,
        judged.target_seconds,
        judged.elapsed_seconds / 60.0 as elapsed_minutes,
        judged.elapsed_seconds,
        case
            when judged.status in ('active', 'active_breached', 'paused')
                then (judged.target_seconds - judged.elapsed_seconds) / 60.0
        end as minutes_left,

        judged.status in ('achieved', 'breached', 'active_breached') as is_measured,
        judged.status in ('breached', 'active_breached') as is_breached,
        judged.status in ('active', 'active_breached', 'paused') as is_open,

        {{ local_date("judged.started_at") }} as started_date,
        judged.started_at,
        judged.applied_at,
        judged.fulfilled_at,
        case
            when
                judged.status in ('achieved', 'breached', 'cancelled')
                and judged.ended_at < {{ as_of_cut() }}
                then judged.ended_at
        end as ended_at,
        case
            when judged.status in ('active', 'breached', 'active_breached') then judged.target_reached_at
        end as breach_at
    from judged
    left join customers
        on
            judged.customer_id = customers.customer_id
            and judged.started_at >= customers.valid_from
            and judged.started_at < customers.valid_to
    left join agents
        on
            judged.source_system = agents.source_system
            and judged.assignee_id = agents.agent_id
            and judged.ended_at >= agents.valid_from
            and judged.ended_at < agents.valid_to
)

select * from fct_sla_targets
