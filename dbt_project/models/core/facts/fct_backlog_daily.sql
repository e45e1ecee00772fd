-- Grain: one row per day, channel, team, category, priority, segment and age band in which tickets were open at the day's end.
-- Open is not solved, closed, merged, deleted or spam at the last instant of the local day; team, priority and assignee are
-- those of that instant. Days without open tickets have no row. A stock: never add days up.
-- A ticket that was deleted or merged later was open until then, if an event or the deleted row says when.

{% set cell = ["channel", "team", "category", "priority", "segment", "age_band"] -%}

with state_periods as (

    select *
    from {{ ref("int_ticket_state_periods") }}
    where not {{ is_done_status("status") }}
),

tickets as (

    select
        ticket_key,
        customer_id,
        channel,
        category,
        created_at
    from {{ ref("int_tickets_replayed") }}
    where
        not is_spam
        and not is_test_customer
),

customers as (

    select
        customer_id,
        segment,
        valid_from,
        valid_to
    from {{ ref("dim_customers") }}
),

calendar as (

    select date_day
    from {{ ref("dim_dates") }}
    where date_day <= {{ as_of_date() }}
),

age_bands as (

    select
        age_band,
        from_days,
        to_days
    from (
        values
        ('under 10 days', 0, 9),
        ('10 to 30 days', 10, 30),
        ('over 30 days', 31, 1000000)
    ) as bands (age_band, from_days, to_days)
),

open_intervals as (

    select
        state_periods.ticket_key,
        tickets.channel,
        coalesce(state_periods.team, 'unknown') as team,
        coalesce(tickets.category, 'unknown') as category,
        coalesce(state_periods.priority, 'unknown') as priority,
        coalesce(customers.segment, 'unknown') as segment,
        case when state_periods.assignee_id is null then 1 else 0 end as unassigned,
        {{ local_date("tickets.created_at") }} as created_date,
        {{ local_date("greatest(state_periods.starts_at, customers.valid_from)") }} as first_day,
        {{ local_date("least(state_periods.ends_at, customers.valid_to)") }} as day_after
    from state_periods
    inner join tickets on state_periods.ticket_key = tickets.ticket_key
    inner join customers
        on
            tickets.customer_id = customers.customer_id
            and state_periods.starts_at < customers.valid_to
            and state_periods.ends_at > customers.valid_from
),

intervals_by_age as (

    select
        open_intervals.channel,
        open_intervals.team,
        open_intervals.category,
        open_intervals.priority,
        open_intervals.segment,
        age_bands.age_band,
        open_intervals.unassigned,
        cast(greatest(open_intervals.first_day, open_intervals.created_date + age_bands.from_days) as date) as first_day,
        cast(least(open_intervals.day_after, open_intervals.created_date + age_bands.to_days + 1) as date) as day_after
    from open_intervals
    cross join age_bands
    where
        open_intervals.first_day < open_intervals.day_after
        and greatest(open_intervals.first_day, open_intervals.created_date + age_bands.from_days)
        < least(open_intervals.day_after, open_intervals.created_date + age_bands.to_days + 1)
),

changes as (

    select
        {{ cell | join(", ") }},
        first_day as day,
        1 as open_change,
        unassigned as unassigned_change
    from intervals_by_age
    union all
    select
        {{ cell | join(", ") }},
        day_after as day,
        -1 as open_change,
        -unassigned as unassigned_change
    from intervals_by_age
),

changes_per_day as (

    select
        {{ cell | join(", ") }},
        day,
        sum(open_change) as open_change,
        sum(unassigned_change) as unassigned_change
    from changes
    group by {{ cell | join(", ") }}, day
),

levels as (

    select
        {{ cell | join(", ") }},
        day as first_day,
        lead(day) over cell_in_time as day_after,
        sum(open_change) over (
            partition by {{ cell | join(", ") }} order by day rows between unbounded preceding and current row
        ) as open_count,
        sum(unassigned_change) over (
            partition by {{ cell | join(", ") }} order by day rows between unbounded preceding and current row
        ) as unassigned_count
    from changes_per_day
    window cell_in_time as (partition by {{ cell | join(", ") }} order by day)
),

fct_backlog_daily as (

    select
        {{ surrogate_key(["calendar.date_day"] + cell) }} as backlog_key,

        levels.channel,
        levels.team,
        levels.category,
        levels.priority,
        levels.segment,
        levels.age_band,

        cast(levels.open_count as bigint) as open_count,
        cast(levels.unassigned_count as bigint) as unassigned_count,

        calendar.date_day
    from levels
    inner join calendar
        on
            calendar.date_day >= levels.first_day
            and calendar.date_day < levels.day_after
    where levels.open_count > 0
)

select * from fct_backlog_daily
