-- Grain: one row per week (Monday), policy, metric and team.
-- The week is that in which the wait began, the team the one that held the ticket then. What is decided counts: over
-- its target is breached, waited for or not. Percentages cannot be added up over rows; their parts can.

with targets as (

    select
        targets.*,
        policies.source_system as policy_source_system,
        coalesce(targets.team, 'unknown') as team_or_unknown,
        {{ period_start("week", "targets.started_date") }} as week_start
    from {{ ref("fct_sla_targets") }} as targets
    inner join {{ ref("dim_sla_policies") }} as policies on targets.sla_policy_key = policies.sla_policy_key
),

counted as (

    select
        policy_source_system,
        policy_id,
        metric,
        team_or_unknown as team,
        week_start,
        {% for status in ["achieved", "breached", "active_breached", "active", "paused", "cancelled"] -%}
        count(*) filter (where status = '{{ status }}') as {{ status }}_count,
        {% endfor %}
        count(*) filter (where is_measured) as n,
        count(*) filter (where is_open and not is_breached) as pending_n,
        {{ exact_sum("case when is_breached then elapsed_minutes - target_minutes end") }} as minutes_over_sum,
        min(breach_at) filter (where status = 'active') as next_breach_at
    from targets
    group by policy_source_system, policy_id, metric, team_or_unknown, week_start
),

mart_sla as (

    select
        {{ surrogate_key(["policy_source_system", "policy_id", "metric", "team", "week_start"]) }} as sla_key,

        policy_source_system as source_system,
        policy_id,
        metric,
        team,

        achieved_count,
        breached_count,
        active_breached_count,
        active_count,
        paused_count,
        cancelled_count,
        n,
        pending_n,
        {{ percent("achieved_count", "n") }} as attainment_pct,
        {{ wilson_low("achieved_count", "n") }} as attainment_pct_low,
        {{ wilson_high("achieved_count", "n") }} as attainment_pct_high,
        minutes_over_sum,

        week_start,
        next_breach_at
    from counted
)

select * from mart_sla
