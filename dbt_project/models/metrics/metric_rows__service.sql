-- Grain: one row per service metric, period, dimension and member.
-- Reply metrics are dated by the first reply, resolution, reopening and first contact resolution by the first solution, full
-- resolution by the last, ratings by the rating, the reply target by the ticket's creation, backlog by the day.
-- Team and segment are those at that moment; priority and category those at as_of. A stock's period shows its last day.

{% set dimensions = ["channel", "team", "category", "priority", "segment"] -%}
{% set durations = [
    ("first_reply_minutes", "first_reply_business_minutes", "first_replied_at", "first_reply_team"),
    ("resolution_minutes", "resolution_business_minutes", "first_solved_at", "first_solve_team"),
    ("full_resolution_minutes", "full_resolution_business_minutes", "last_solved_at", "last_solve_team"),
] -%}
{% set duration_columns = {
    "resolution_minutes": "first_resolution_minutes", "resolution_business_minutes": "first_resolution_business_minutes",
} -%}
{% set reply_deadline -%}
    (tickets.created_at + interval {{ var("reply_target_hours") }} hour)
{%- endset %}

with all_tickets as (

    select * from {{ ref("int_tickets_replayed") }}
    where not is_test_customer
),

facts as (

    select
        *,
        not is_merged and not is_spam as is_counted
    from {{ ref("fct_tickets") }}
),

tickets as (

    select *
    from facts
    where is_counted
),

first_contacts as (

    select * from {{ ref("int_ticket_first_contacts") }}
),

customers as (

    select
        customer_id,
        segment,
        valid_from,
        valid_to
    from {{ ref("dim_customers") }}
),

period_days as (

    select * from {{ ref("period_days") }}
),

backlog as (

    select * from {{ ref("fct_backlog_daily") }}
),

-- One row per ticket and thing that happened to it, with the values of that thing.
durations as (

    {% for calendar_metric, business_metric, instant, team in durations -%}
    select
        '{{ calendar_metric }}' as metric,
        '{{ business_metric }}' as business_metric,
        tickets.channel,
        coalesce(tickets.{{ team }}, tickets.team) as team,
        tickets.category,
        tickets.priority,
        customers.segment,
        tickets.{{ duration_columns.get(calendar_metric, calendar_metric) }} as minutes,
        tickets.{{ duration_columns.get(business_metric, business_metric) }} as business_minutes,
        {{ local_date("tickets." ~ instant) }} as event_date
    from tickets
    inner join customers
        on
            tickets.customer_id = customers.customer_id
            and tickets.{{ instant }} >= customers.valid_from
            and tickets.{{ instant }} < customers.valid_to
    where tickets.{{ duration_columns.get(calendar_metric, calendar_metric) }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

durations_in_periods as (

    select
        durations.*,
        period_days.period_grain,
        period_days.period_start
    from durations
    inner join period_days on durations.event_date = period_days.date_day
),

{% set duration_aggregates -%}
    sum(minutes) as total,
    sum(minutes * minutes) as sum_squares,
    count(minutes) as n,
    {{ sorted_values("minutes") }} as sorted_minutes,
    sum(business_minutes) as business_total,
    sum(business_minutes * business_minutes) as business_sum_squares,
    count(business_minutes) as business_n,
    {{ sorted_values("business_minutes") }} as sorted_business_minutes
{%- endset -%}

days_of_durations as (

    select *
    from durations_in_periods
    where period_grain = 'day'
),

longer_periods_of_durations as (

    select *
    from durations_in_periods
    where period_grain <> 'day'
),

duration_parts as (

    {{ rollup("days_of_durations", [], duration_aggregates, by=["metric", "business_metric"]) }}
    union all
    {{ rollup("longer_periods_of_durations", dimensions, duration_aggregates, by=["metric", "business_metric"]) }}
),

duration_parts_per_metric as (

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        total,
        sum_squares,
        n,
        sorted_minutes
    from duration_parts
    union all
    select
        business_metric as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        business_total as total,
        business_sum_squares as sum_squares,
        business_n as n,
        sorted_business_minutes as sorted_minutes
    from duration_parts
    where business_n > 0
),

duration_rows as (

    {% set statistics = [
        ("", quantile_of("sorted_minutes", "n", 0.5), quantile_low_of("sorted_minutes", "n", 0.5),
            quantile_high_of("sorted_minutes", "n", 0.5)),
        ("_p90", quantile_of("sorted_minutes", "n", 0.9), quantile_low_of("sorted_minutes", "n", 0.9),
            quantile_high_of("sorted_minutes", "n", 0.9)),
        ("_mean", safe_divide("total", "n"), mean_low("total", "sum_squares", "n"), mean_high("total", "sum_squares", "n")),
    ] -%}
    {% for suffix, value, low, high in statistics -%}
    select
        metric || '{{ suffix }}' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        total as numerator,
        cast(n as double) as denominator,
        sum_squares,
        n,
        {{ value }} as value,
        {{ low }} as value_low,
        {{ high }} as value_high,
        cast(0 as bigint) as pending_n
    from duration_parts_per_metric
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- One row per ticket and share it belongs to: whether it is decided, whether it succeeded, or whether it must wait.
reply_shares as (

    select
        'reply_within_24h_rate' as metric,
        customer_id,
        channel,
        coalesce(first_reply_team, team) as team,
        category,
        priority,
        {{ reply_deadline }} < {{ as_of_cut() }} as is_decided,
        coalesce(first_replied_at <= {{ reply_deadline }}, false) as is_success,
        created_at as event_at
    from tickets
    where coalesce(needs_reply, coalesce(submitter_type, 'customer') = 'customer')
),

reopen_shares as (

    select
        'reopen_rate' as metric,
        customer_id,
        channel,
        coalesce(first_solve_team, team) as team,
        category,
        priority,
        true as is_decided,
        reopen_count > 0 as is_success,
        first_solved_at as event_at
    from tickets
    where first_solved_at is not null
),

rating_shares as (

    select
        'csat_ticket' as metric,
        customer_id,
        channel,
        coalesce(last_solve_team, team) as team,
        category,
        priority,
        true as is_decided,
        satisfaction = 'good' as is_success,
        satisfaction_at as event_at
    from tickets
    where satisfaction in ('good', 'bad')
),

{% set fcr_methods = [
    ("one_touch", "first_contacts.is_one_touch is not null", "first_contacts.is_one_touch", "true"),
    ("strict", "first_contacts.is_fcr_strict is not null", "first_contacts.is_fcr_strict", "true"),
    ("no_repeat", "first_contacts.is_fcr_mature is not null", "first_contacts.is_fcr_no_repeat", "first_contacts.is_fcr_mature"),
] -%}

first_contact_shares as (

    {% for method, condition, success, decided in fcr_methods -%}
    select
        'fcr_{{ method }}' as metric,
        all_tickets.customer_id,
        all_tickets.channel,
        coalesce(all_tickets.first_solve_team, all_tickets.team) as team,
        all_tickets.category,
        all_tickets.priority,
        {{ decided }} as is_decided,
        coalesce({{ success }}, false) as is_success,
        all_tickets.first_solved_at as event_at
    from all_tickets
    inner join first_contacts on all_tickets.ticket_key = first_contacts.ticket_key
    where
        {{ condition }}
        and all_tickets.first_solved_at is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

shares as (

    select * from reply_shares
    union all
    select * from reopen_shares
    union all
    select * from rating_shares
    union all
    select * from first_contact_shares
    union all
    select * replace ('fcr' as metric)
    from first_contact_shares
    where metric = 'fcr_{{ var("fcr_method") }}'
),

shares_per_day as (

    select
        shares.metric,
        shares.channel,
        shares.team,
        shares.category,
        shares.priority,
        customers.segment,
        {{ local_date("shares.event_at") }} as event_date,
        count(*) filter (where shares.is_decided) as decided_count,
        count(*) filter (where shares.is_decided and shares.is_success) as success_count,
        count(*) filter (where not shares.is_decided) as pending_count
    from shares
    inner join customers
        on
            shares.customer_id = customers.customer_id
            and shares.event_at >= customers.valid_from
            and shares.event_at < customers.valid_to
    group by all
),

shares_in_periods as (

    select
        shares_per_day.*,
        period_days.period_grain,
        period_days.period_start
    from shares_per_day
    inner join period_days on shares_per_day.event_date = period_days.date_day
),

share_parts as (

    {{ rollup(
        "shares_in_periods",
        dimensions,
        "sum(success_count) as successes, sum(decided_count) as n, sum(pending_count) as pending_n",
        by=["metric"]
    ) }}
),

share_rows as (

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        cast(successes as double) as numerator,
        cast(n as double) as denominator,
        cast(null as double) as sum_squares,
        cast(n as bigint) as n,
        {{ percent("successes", "n") }} as value,
        {{ wilson_low("successes", "n") }} as value_low,
        {{ wilson_high("successes", "n") }} as value_high,
        cast(pending_n as bigint) as pending_n
    from share_parts
),

-- A stock: each period shows its last day, or as_of where it is not over; a day without open tickets is 0, not empty.
first_day_of_tickets as (

    select min(created_date) as first_day
    from facts
),

last_days as (

    select
        period_days.period_grain,
        period_days.period_start,
        max(period_days.date_day) as date_day
    from period_days
    inner join first_day_of_tickets on period_days.date_day >= first_day_of_tickets.first_day
    group by period_days.period_grain, period_days.period_start
),

backlog_members as (

    select
        'all' as dimension,
        'all' as dimension_value
    from first_day_of_tickets
    where first_day is not null
    {% for dimension in dimensions -%}
    union all
    select distinct
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value
    from backlog
    {% endfor %}
),

backlog_per_member as (

    select
        date_day,
        'all' as dimension,
        'all' as dimension_value,
        sum(open_count) as open_count,
        sum(unassigned_count) as unassigned_count
    from backlog
    group by date_day
    {% for dimension in dimensions -%}
    union all
    select
        date_day,
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        sum(open_count) as open_count,
        sum(unassigned_count) as unassigned_count
    from backlog
    group by date_day, {{ dimension }}
    {% endfor %}
),

backlog_in_periods as (

    select
        last_days.period_grain,
        last_days.period_start,
        backlog_members.dimension,
        backlog_members.dimension_value,
        cast(coalesce(backlog_per_member.open_count, 0) as bigint) as open_count,
        cast(coalesce(backlog_per_member.unassigned_count, 0) as bigint) as unassigned_count
    from last_days
    cross join backlog_members
    left join backlog_per_member
        on
            last_days.date_day = backlog_per_member.date_day
            and backlog_members.dimension = backlog_per_member.dimension
            and backlog_members.dimension_value = backlog_per_member.dimension_value
    where
        last_days.period_grain <> 'day'
        or backlog_members.dimension = 'all'
),

backlog_rows as (

    {% for metric, column in [("backlog", "open_count"), ("unassigned_backlog", "unassigned_count")] -%}
    select
        '{{ metric }}' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        cast({{ column }} as double) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_squares,
        {{ column }} as n,
        cast({{ column }} as double) as value,
        cast(null as double) as value_low,
        cast(null as double) as value_high,
        cast(0 as bigint) as pending_n
    from backlog_in_periods
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

metric_rows__service as (

    select * from duration_rows
    union all
    select * from share_rows
    union all
    select * from backlog_rows
)

select
    metric,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(null as varchar) as currency,
    numerator,
    denominator,
    sum_squares,
    n,
    value,
    value_low,
    value_high,
    pending_n
from metric_rows__service
