-- Grain: one row per interval in which a ticket had one status; team and assignee are those at its start.
-- Intervals of a ticket touch and do not overlap. The last one of a living ticket ends at the cut and is current.

with state_periods as (

    select * from {{ ref("int_ticket_state_periods") }}
),

tickets as (

    select
        ticket_key,
        source_system,
        ticket_id,
        customer_id,
        customer_key,
        schedule_key
    from {{ ref("fct_tickets") }}
),

marked as (

    select
        *,
        coalesce(status <> lag(status) over (partition by ticket_key order by starts_at), true) as is_new_status
    from state_periods
),

numbered as (

    select
        *,
        sum(case when is_new_status then 1 else 0 end) over (
            partition by ticket_key
            order by starts_at
            rows between unbounded preceding and current row
        ) as period_number
    from marked
),

status_periods as (

    select
        ticket_key,
        cast(period_number as integer) as period_number,
        status,
        min_by(team, starts_at) filter (where is_new_status) as team,
        min_by(assignee_id, starts_at) filter (where is_new_status) as assignee_id,
        min(starts_at) as starts_at,
        max(ends_at) as ends_at
    from numbered
    group by ticket_key, period_number, status
),

-- Where a period ends the next one begins: each such instant is looked up in the schedule once.
boundaries as (

    select
        status_periods.ticket_key,
        status_periods.period_number,
        tickets.schedule_key,
        status_periods.starts_at as instant
    from status_periods
    inner join tickets on status_periods.ticket_key = tickets.ticket_key

    union all

    select
        status_periods.ticket_key,
        max(status_periods.period_number) + 1 as period_number,
        tickets.schedule_key,
        max(status_periods.ends_at) as instant
    from status_periods
    inner join tickets on status_periods.ticket_key = tickets.ticket_key
    group by status_periods.ticket_key, tickets.schedule_key
),

business_times as (

    select
        boundaries.ticket_key,
        boundaries.period_number,
        boundaries.schedule_key,
        {{ business_seconds_until("opening", "boundaries.instant") }} as seconds_until
    from boundaries
    {{ join_last_opening("opening", "boundaries.schedule_key", "boundaries.instant") }}
),

business_minutes_per_period as (

    select
        ticket_key,
        period_number,
        case
            when schedule_key <> -1
                then greatest(
                    lead(seconds_until) over (partition by ticket_key order by period_number) - seconds_until, 0.0
                ) / 60.0
        end as business_minutes
    from business_times
),

fct_ticket_status_periods as (

    select
        {{ surrogate_key(["status_periods.ticket_key", "status_periods.period_number"]) }} as ticket_status_period_key,
        status_periods.ticket_key,
        tickets.source_system,
        tickets.ticket_id,
        tickets.customer_key,
        tickets.customer_id,
        status_periods.assignee_id,

        status_periods.status,
        status_periods.team,

        status_periods.period_number,
        {{ minutes_between("status_periods.starts_at", "status_periods.ends_at") }} as minutes,
        business_minutes_per_period.business_minutes,

        status_periods.ends_at >= {{ as_of_cut() }} as is_current,

        status_periods.starts_at,
        status_periods.ends_at
    from status_periods
    inner join tickets on status_periods.ticket_key = tickets.ticket_key
    inner join business_minutes_per_period
        on
            status_periods.ticket_key = business_minutes_per_period.ticket_key
            and status_periods.period_number = business_minutes_per_period.period_number
)

select * from fct_ticket_status_periods
