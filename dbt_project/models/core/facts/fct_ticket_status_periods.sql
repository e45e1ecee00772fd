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
        {{ business_minutes_between(
            "nullif(tickets.schedule_key, -1)",
            "at_start", "status_periods.starts_at",
            "at_end", "status_periods.ends_at"
        ) }} as business_minutes,

        status_periods.ends_at >= {{ as_of_cut() }} as is_current,

        status_periods.starts_at,
        status_periods.ends_at
    from status_periods
    inner join tickets on status_periods.ticket_key = tickets.ticket_key
    {{ join_last_opening("at_start", "tickets.schedule_key", "status_periods.starts_at") }}
    {{ join_last_opening("at_end", "tickets.schedule_key", "status_periods.ends_at") }}
)

select * from fct_ticket_status_periods
