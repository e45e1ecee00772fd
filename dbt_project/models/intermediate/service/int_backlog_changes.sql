-- Grain: one row per day, channel, team, category, priority, segment and age band in which the number of open
-- tickets changed; open means open at the end of the local day. A ticket joins on the first day at whose end it is
-- open in that cell and leaves on the first at whose end it is not. Adding up the changes to a day gives its
-- backlog, at a cost that does not grow with how long tickets stay open. Open is not solved, closed, merged, deleted
-- or spam; team, priority, assignee and segment are those of the day's end, category that of as_of. A ticket deleted
-- or merged later was open until then, if an event or the deleted row says when.

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
        and not (is_merged and merged_at is null)
        and not (is_deleted and deleted_at is null)
),

customers as (

    select
        customer_id,
        segment,
        valid_from,
        valid_to
    from {{ ref("int_customer_versions") }}
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
    ) as bands (age_band, from_days, to_days)  -- noqa: AL05
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
    left join customers
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
        greatest(
            open_intervals.first_day, {{ add_days("open_intervals.created_date", "age_bands.from_days") }}
        ) as first_day,
        least(
            open_intervals.day_after, {{ add_days("open_intervals.created_date", "age_bands.to_days + 1") }}
        ) as day_after
    from open_intervals
    cross join age_bands
    where open_intervals.first_day < open_intervals.day_after
),

changes as (

    select
        *,
        first_day as date_day,
        1 as open_change
    from intervals_by_age
    where first_day < day_after
    union all
    select
        *,
        day_after as date_day,
        -1 as open_change
    from intervals_by_age
    where first_day < day_after
),

int_backlog_changes as (

    select
        channel,
        team,
        category,
        priority,
        segment,
        age_band,

        cast(sum(open_change) as bigint) as open_change,
        cast(sum(open_change * unassigned) as bigint) as unassigned_change,

        date_day
    from changes
    group by channel, team, category, priority, segment, age_band, date_day
)

select * from int_backlog_changes
where
    open_change <> 0
    or unassigned_change <> 0
