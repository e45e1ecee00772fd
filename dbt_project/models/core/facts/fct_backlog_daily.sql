-- Grain: one row per day, channel, team, priority and age band in which tickets were open at the end of the local
-- day.
-- What is open is written in int_backlog_changes. Days without open tickets have no row. A stock: never add days up.

{% set cell = ["channel", "team", "priority", "age_band"] -%}

with changes as (

    select
        {{ cell | join(", ") }},
        date_day,
        sum(open_change) as open_change,
        sum(unassigned_change) as unassigned_change
    from {{ ref("int_backlog_changes") }}
    group by {{ cell | join(", ") }}, date_day
),

levels as (

    select
        {{ cell | join(", ") }},
        date_day as first_day,
        lead(date_day) over cell_in_time as day_after,
        sum(open_change) over cell_so_far as open_count,
        sum(unassigned_change) over cell_so_far as unassigned_count
    from changes
    window
        cell_in_time as (partition by {{ cell | join(", ") }} order by date_day),
        cell_so_far as (
            partition by {{ cell | join(", ") }} order by date_day rows between unbounded preceding and current row
        )
),

levels_per_day as (

    select
        {{ cell | join(", ") }},
        open_count,
        unassigned_count,
        {{ each_day("first_day", "day_after") }} as date_day
    from levels
    where open_count > 0
),

fct_backlog_daily as (

    select
        {{ surrogate_key(["date_day"] + cell) }} as backlog_key,

        channel,
        team,
        priority,
        age_band,

        cast(open_count as bigint) as open_count,
        cast(unassigned_count as bigint) as unassigned_count,

        date_day
    from levels_per_day
    where date_day <= {{ as_of_date() }}
)

select * from fct_backlog_daily
