-- Grain: one row per day, team, channel and priority with anything to report.
-- Each number stands on the day its event happened: created, first replied, first solved, last solved, reopened,
-- rated; the backlog is that of the day's end. Team is the one that held the ticket then, priority that of as_of (in
-- the backlog that of the day's end). Merged, spam and deleted tickets do not count. Neither backlog nor medians can
-- be added up over rows.

with tickets as (

    select *
    from {{ ref("fct_tickets") }}
    where
        not is_merged
        and not is_spam
),

reopenings as (

    select
        ticket_events.ticket_key,
        ticket_events.team,
        ticket_events.occurred_date
    from {{ ref("fct_ticket_events") }} as ticket_events
    where ticket_events.is_reopening
),

backlog as (

    select * from {{ ref("fct_backlog_daily") }}
),

created as (

    select
        created_date as date_day,
        coalesce(first_team, 'unknown') as team,
        channel,
        coalesce(priority, 'unknown') as priority,
        1 as created_count
    from tickets
),

replied as (

    select
        first_replied_date as date_day,
        coalesce(first_reply_team, 'unknown') as team,
        channel,
        coalesce(priority, 'unknown') as priority,
        1 as replied_count,
        first_reply_minutes,
        first_reply_business_minutes
    from tickets
    where first_replied_date is not null
),

solved as (

    select
        first_solved_date as date_day,
        coalesce(first_solve_team, 'unknown') as team,
        channel,
        coalesce(priority, 'unknown') as priority,
        1 as solved_count,
        case when is_one_touch is not null then 1 else 0 end as one_touch_eligible_count,
        case when is_one_touch then 1 else 0 end as one_touch_count,
        case when reopen_count > 0 then 1 else 0 end as later_reopened_count,
        first_resolution_minutes,
        first_resolution_business_minutes
    from tickets
    where first_solved_date is not null
),

solved_for_good as (

    select
        last_solved_date as date_day,
        coalesce(last_solve_team, 'unknown') as team,
        channel,
        coalesce(priority, 'unknown') as priority,
        full_resolution_minutes,
        full_resolution_business_minutes
    from tickets
    where full_resolution_minutes is not null
),

reopened as (

    select
        reopenings.occurred_date as date_day,
        coalesce(reopenings.team, 'unknown') as team,
        tickets.channel,
        coalesce(tickets.priority, 'unknown') as priority,
        1 as reopening_count
    from reopenings
    inner join tickets on reopenings.ticket_key = tickets.ticket_key
),

rated as (

    select
        satisfaction_date as date_day,
        coalesce(satisfaction_team, 'unknown') as team,
        channel,
        coalesce(priority, 'unknown') as priority,
        case when satisfaction = 'good' then 1 else 0 end as good_rating_count,
        case when satisfaction = 'bad' then 1 else 0 end as bad_rating_count
    from tickets
    where satisfaction in ('good', 'bad')
),

open_at_end as (

    select
        date_day,
        team,
        channel,
        priority,
        open_count as backlog_count,
        unassigned_count as unassigned_backlog_count
    from backlog
),

occurrences as (

    {% for kind in ["created", "replied", "solved", "solved_for_good", "reopened", "rated", "open_at_end"] -%}
    select * from {{ kind }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
),

counted as (

    select
        date_day,
        team,
        channel,
        priority,
        {% for count in [
            "created_count", "replied_count", "solved_count", "one_touch_eligible_count", "one_touch_count",
            "later_reopened_count", "reopening_count", "good_rating_count", "bad_rating_count", "backlog_count",
            "unassigned_backlog_count",
        ] -%}
        cast(coalesce(sum({{ count }}), 0) as bigint) as {{ count }},
        {% endfor -%}
        {% for minutes in [
            "first_reply", "first_reply_business", "first_resolution", "first_resolution_business", "full_resolution",
            "full_resolution_business",
        ] -%}
        count({{ minutes }}_minutes) as {{ minutes }}_n,
        {{ exact_sum(minutes ~ "_minutes") }} as {{ minutes }}_minutes_sum,
        quantile_cont({{ minutes }}_minutes, 0.5) as {{ minutes }}_minutes_median,
        quantile_cont({{ minutes }}_minutes, 0.9) as {{ minutes }}_minutes_p90{{ "," if not loop.last }}
        {% endfor -%}
    from occurrences
    group by date_day, team, channel, priority
),

mart_support_operations as (

    select
        {{ surrogate_key(["date_day", "team", "channel", "priority"]) }} as support_operations_key,

        team,
        channel,
        priority,

        created_count,
        replied_count,
        solved_count,
        later_reopened_count,
        reopening_count,
        backlog_count,
        unassigned_backlog_count,

        one_touch_count,
        one_touch_eligible_count,
        {{ percent("one_touch_count", "one_touch_eligible_count") }} as one_touch_pct,
        {{ wilson_low("one_touch_count", "one_touch_eligible_count") }} as one_touch_pct_low,
        {{ wilson_high("one_touch_count", "one_touch_eligible_count") }} as one_touch_pct_high,
        {{ percent("later_reopened_count", "solved_count") }} as reopened_pct,
        {{ wilson_low("later_reopened_count", "solved_count") }} as reopened_pct_low,
        {{ wilson_high("later_reopened_count", "solved_count") }} as reopened_pct_high,
        good_rating_count,
        bad_rating_count,
        {{ percent("good_rating_count", "(good_rating_count + bad_rating_count)") }} as csat_pct,
        {{ wilson_low("good_rating_count", "(good_rating_count + bad_rating_count)") }} as csat_pct_low,
        {{ wilson_high("good_rating_count", "(good_rating_count + bad_rating_count)") }} as csat_pct_high,

        {% for minutes in [
            "first_reply", "first_reply_business", "first_resolution", "first_resolution_business", "full_resolution",
            "full_resolution_business",
        ] -%}
        {{ minutes }}_n,
        {{ minutes }}_minutes_sum,
        {{ minutes }}_minutes_median,
        {{ minutes }}_minutes_p90,
        {% endfor %}
        date_day
    from counted
)

select * from mart_support_operations
