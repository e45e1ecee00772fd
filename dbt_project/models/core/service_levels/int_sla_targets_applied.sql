-- Grain: one row per wait that had a target: ticket, metric and instance, with the target that held when it ended.
-- A target is that of the ticket's policy and priority as they were, in the version that held when the wait began, or
-- when policy or priority changed during it: a later change of the policy itself does not touch waits that run. A new
-- policy or priority takes the place of the old one, from the beginning of the wait. What changes at the very instant
-- of the end comes too late, unless nothing held before. A policy or priority without a target withdraws the one that
-- was. Gaps of less than a second between versions are none: sources keep instants in different fractions.

{{ config(schema="intermediate") }}

with waits as (

    select * from {{ ref("int_sla_waits") }}
),

policy_periods as (

    select * from {{ ref("int_ticket_policy_periods") }}
),

schedules as (

    select
        ticket_key,
        schedule_key
    from {{ ref("int_tickets_known") }}
),

numbered_targets as (

    select
        *,
        lead(valid_from) over (
            partition by source_system, policy_id, metric, priority order by valid_from
        ) as next_valid_from
    from {{ ref("dim_sla_policies") }}
),

targets as (

    select
        sla_policy_key,
        source_system,
        policy_id,
        metric,
        priority,
        hours,
        target_minutes,
        valid_from,
        case
            when next_valid_from <= {{ seconds_after("valid_to", 1) }} then next_valid_from
            else valid_to
        end as valid_to
    from numbered_targets
),

policies_of_waits as (

    select
        waits.*,
        policy_periods.policy_source_system,
        policy_periods.policy_id,
        policy_periods.priority,
        greatest(policy_periods.starts_at, waits.started_at) as applied_at,
        policy_periods.ends_at as replaced_at,
        row_number() over (
            partition by waits.ticket_key, waits.metric, waits.instance_number
            order by
                case when policy_periods.starts_at < waits.ended_at then 0 else 1 end,
                policy_periods.starts_at desc
        ) as recency
    from waits
    inner join policy_periods
        on
            waits.ticket_key = policy_periods.ticket_key
            and waits.ended_at >= policy_periods.starts_at
            and waits.started_at < policy_periods.ends_at
),

targets_of_waits as (

    select
        policies_of_waits.*,
        targets.sla_policy_key,
        targets.hours,
        targets.target_minutes,
        schedules.schedule_key,
        policies_of_waits.replaced_at < policies_of_waits.ended_at as is_withdrawn
    from policies_of_waits
    inner join targets
        on
            policies_of_waits.policy_source_system = targets.source_system
            and policies_of_waits.policy_id = targets.policy_id
            and policies_of_waits.metric = targets.metric
            and policies_of_waits.priority = targets.priority
            and policies_of_waits.applied_at >= targets.valid_from
            and policies_of_waits.applied_at < targets.valid_to
    inner join schedules on policies_of_waits.ticket_key = schedules.ticket_key
    where
        targets.hours = 'calendar'
        or schedules.schedule_key is not null
    qualify row_number() over (
        partition by policies_of_waits.ticket_key, policies_of_waits.metric, policies_of_waits.instance_number
        order by policies_of_waits.recency
    ) = 1
),

int_sla_targets_applied as (

    select
        ticket_key,
        sla_policy_key,
        policy_id,
        schedule_key,
        assignee_id,

        metric,
        priority,
        hours,
        team,

        instance_number,
        target_minutes,
        round(target_minutes * 60.0, 6) as target_seconds,

        is_withdrawn,

        started_at,
        applied_at,
        case when not is_withdrawn then fulfilled_at end as fulfilled_at,
        case when is_withdrawn then replaced_at else closed_at end as closed_at,
        case when is_withdrawn then replaced_at else ended_at end as ended_at
    from targets_of_waits
)

select * from int_sla_targets_applied
