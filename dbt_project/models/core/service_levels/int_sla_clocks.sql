-- Grain: one row per ticket, metric and instance that has a target: how long its clock has run, and when it reached the
-- target or will, if it goes on.
-- The clock of requester wait runs while the ticket is new, open or on hold, that of agents' work while it is new or
-- open, that of pausable updates as the requester's; the others never stand still. Seconds are elapsed ones, or those
-- within the business hours of the ticket's schedule, as the target says: the difference of two look-ups for each
-- stretch in which the clock runs. The target is reached at the last instant until which no more than its seconds have
-- passed: of business hours that is an opening, if they are used up when the hours close.

{{ config(schema="intermediate") }}

{% set used_up = "(clocks.business_seconds_at_last_run + clocks.seconds_into_last_run)" -%}

with targets as (

    select * from {{ ref("int_sla_targets_applied") }}
),

running_statuses as (

    select
        metric,
        status
    from (
        values
        ('requester_wait', 'new'),
        ('requester_wait', 'open'),
        ('requester_wait', 'hold'),
        ('agent_work', 'new'),
        ('agent_work', 'open'),
        ('pausable_update', 'new'),
        ('pausable_update', 'open'),
        ('pausable_update', 'hold')
    ) as pausing (metric, status)  -- noqa: AL05
),

pausing_metrics as (

    select distinct metric from running_statuses
),

pausing_tickets as (

    select distinct
        targets.ticket_key,
        targets.metric
    from targets
    inner join pausing_metrics on targets.metric = pausing_metrics.metric
),

state_periods as (

    select
        pausing_tickets.metric,
        state_periods.ticket_key,
        state_periods.starts_at,
        state_periods.ends_at,
        running_statuses.status is not null as is_running
    from {{ ref("int_ticket_state_periods") }} as state_periods
    inner join pausing_tickets on state_periods.ticket_key = pausing_tickets.ticket_key
    left join running_statuses
        on
            pausing_tickets.metric = running_statuses.metric
            and state_periods.status = running_statuses.status
),

numbered_periods as (

    select
        *,
        sum(case when is_running then 0 else 1 end) over (
            partition by ticket_key, metric
            order by starts_at
            rows between unbounded preceding and current row
        ) as pause_count
    from state_periods
),

running_periods as (

    select
        ticket_key,
        metric,
        min(starts_at) as starts_at,
        max(ends_at) as ends_at
    from numbered_periods
    where is_running
    group by ticket_key, metric, pause_count
),

paused_tickets as (

    select
        ticket_key,
        metric
    from state_periods
    where
        not is_running
        and ends_at >= {{ as_of_cut() }}
),

-- Of a clock that never stands still the whole wait is one stretch.
runs as (

    select
        targets.ticket_key,
        targets.metric,
        targets.instance_number,
        targets.schedule_key,
        targets.hours,
        targets.target_seconds,
        greatest(coalesce(running_periods.starts_at, targets.started_at), targets.started_at) as starts_at,
        least(coalesce(running_periods.ends_at, targets.ended_at), targets.ended_at) as ends_at
    from targets
    left join pausing_metrics on targets.metric = pausing_metrics.metric
    left join running_periods
        on
            targets.ticket_key = running_periods.ticket_key
            and targets.metric = running_periods.metric
            and targets.started_at < running_periods.ends_at
            and targets.ended_at > running_periods.starts_at
    where
        pausing_metrics.metric is null
        or running_periods.ticket_key is not null
),

calendar_runs as (

    select
        *,
        {{ seconds_between("starts_at", "ends_at") }} as run_seconds,
        cast(null as double) as business_seconds_from
    from runs
    where hours = 'calendar'
),

business_runs as (

    select
        runs.*,
        {{ business_seconds_until("at_end", "runs.ends_at") }}
        - {{ business_seconds_until("at_start", "runs.starts_at") }} as run_seconds,
        {{ business_seconds_until("at_start", "runs.starts_at") }} as business_seconds_from
    from runs
    {{ join_last_opening("at_start", "runs.schedule_key", "runs.starts_at") }}
    {{ join_last_opening("at_end", "runs.schedule_key", "runs.ends_at") }}
    where runs.hours = 'business'
),

timed_runs as (

    select * from calendar_runs
    union all
    select * from business_runs
),

-- Sums of doubles in the order of time: always the same.
runs_so_far as (

    select
        *,
        coalesce(
            sum(run_seconds) over (
                partition by ticket_key, metric, instance_number
                order by starts_at
                rows between unbounded preceding and 1 preceding
            ),
            0.0
        ) as seconds_before
    from timed_runs
),

clocks as (

    select
        ticket_key,
        metric,
        instance_number,
        schedule_key,
        hours,
        round(greatest(max(seconds_before + run_seconds), 0.0), 6) as elapsed_seconds,
        max(starts_at) filter (where seconds_before <= target_seconds) as last_run_starts_at,
        max_by(target_seconds - seconds_before, starts_at) filter (
            where seconds_before <= target_seconds
        ) as seconds_into_last_run,
        max_by(business_seconds_from, starts_at) filter (
            where seconds_before <= target_seconds
        ) as business_seconds_at_last_run
    from runs_so_far
    group by ticket_key, metric, instance_number, schedule_key, hours
),

calendar_clocks as (

    select
        *,
        {{ seconds_after("last_run_starts_at", "seconds_into_last_run") }} as target_reached_at
    from clocks
    where hours = 'calendar'
),

business_clocks as (

    select
        clocks.*,
        {{ instant_at_business_seconds("opening", used_up) }} as target_reached_at
    from clocks
    {{ join_opening_at_seconds("opening", "clocks.schedule_key", used_up) }}
    where clocks.hours = 'business'
),

timed_clocks as (

    select * from calendar_clocks
    union all
    select * from business_clocks
),

int_sla_clocks as (

    select
        targets.ticket_key,

        targets.metric,

        targets.instance_number,
        coalesce(timed_clocks.elapsed_seconds, 0.0) as elapsed_seconds,

        paused_tickets.ticket_key is not null as is_paused,

        timed_clocks.target_reached_at
    from targets
    left join timed_clocks
        on
            targets.ticket_key = timed_clocks.ticket_key
            and targets.metric = timed_clocks.metric
            and targets.instance_number = timed_clocks.instance_number
    left join paused_tickets
        on
            targets.ticket_key = paused_tickets.ticket_key
            and targets.metric = paused_tickets.metric
            and targets.fulfilled_at is null
            and targets.closed_at is null
)

select * from int_sla_clocks
