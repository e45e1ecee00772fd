-- Grain: one row per service metric, period, dimension and member.
-- Reply metrics are dated by the first reply, resolution, reopening and first contact resolution by the first
-- solution, full resolution by the last, ratings by the rating, the reply target by the ticket's creation, targets of
-- service level policies by the beginning of the wait, cases by their opening, backlog by the day. Team and segment are
-- those at that moment; priority and category those at as_of, but of a policy's target the priority that it is for. A
-- stock's period shows its last day.

{% set dimensions = ["channel", "team", "category", "priority", "segment"] -%}
{% set durations = [
    ("first_reply_minutes", "first_reply_business_minutes", "first_replied_at", "first_reply_team"),
    ("resolution_minutes", "resolution_business_minutes", "first_solved_at", "first_solve_team"),
    ("full_resolution_minutes", "full_resolution_business_minutes", "last_solved_at", "last_solve_team"),
] -%}
{% set duration_columns = {
    "resolution_minutes": "first_resolution_minutes",
    "resolution_business_minutes": "first_resolution_business_minutes",
} -%}
{% set reply_deadline -%}
    (created_at + interval {{ var("reply_target_hours") }} hour)
{%- endset %}
{% set contact_deadline -%}
    (created_at + interval {{ var("case_contact_target_hours") }} hour)
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

sla_targets as (

    select *
    from {{ ref("fct_sla_targets") }}
    where status <> 'cancelled'
),

cases as (

    select *
    from {{ ref("fct_cases") }}
    where not is_test
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

backlog_changes as (

    select
        *,
        date_day as event_date
    from {{ ref("int_backlog_changes") }}
),

-- One row per ticket and thing that happened to it, with the values of that thing.
durations as (

    {% for calendar_metric, business_metric, instant, team in durations -%}
    select
        '{{ calendar_metric }}' as metric,
        '{{ business_metric }}' as business_metric,
        tickets.channel,
        tickets.{{ team }} as team,
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

-- All durations of a group are held in memory at once, so that calendar and business minutes come one after the other,
-- and only the few ranks that are asked for leave the group.
{% for kind, metric in [("minutes", "metric"), ("business_minutes", "business_metric")] -%}
{{ kind }}_per_day as (

    {{ rollup_by_day(
        "durations",
        dimensions,
        microseconds_sum(kind) ~ " as total, " ~ microseconds_squares_sum(kind) ~ " as squares, "
        ~ collected_values(kind) ~ " as all_minutes",
        by=[metric]
    ) }}
),

{{ kind }}_by_period as (

    select
        per_day.{{ metric ~ (" as metric" if metric != "metric" else "") }},
        periods.period_grain,
        periods.period_start,
        per_day.dimension,
        per_day.dimension_value,
        {{ minutes_of("sum(per_day.total)") }} as total,
        {{ square_minutes_of("sum(per_day.squares)") }} as sum_squares,
        {{ sorted_union("per_day.all_minutes") }} as sorted_minutes
    from {{ kind }}_per_day as per_day
    {{ join_periods("per_day") }}
    group by all
),

{{ kind }}_statistics as (

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        total,
        sum_squares,
        {{ value_count("sorted_minutes") }} as n,
        {% for name, quantile in [("median", 0.5), ("p90", 0.9)] -%}
        {{ quantile_of("sorted_minutes", value_count("sorted_minutes"), quantile) }} as {{ name }},
        {{ quantile_low_of("sorted_minutes", value_count("sorted_minutes"), quantile) }} as {{ name }}_low,
        {{ quantile_high_of("sorted_minutes", value_count("sorted_minutes"), quantile) }} as {{ name }}_high
        {{- "," if not loop.last }}
        {% endfor %}
    from {{ kind }}_by_period
),

{% endfor -%}
duration_statistics as (

    select * from minutes_statistics
    union all
    select * from business_minutes_statistics
    where n > 0
),

duration_rows as (

    {% set statistics = [
        ("", "median", "median_low", "median_high"),
        ("_p90", "p90", "p90_low", "p90_high"),
        ("_mean", safe_divide("total", "n"), mean_low("total", "sum_squares", "n"),
            mean_high("total", "sum_squares", "n")),
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
    from duration_statistics
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- One row per ticket, or target, and share it belongs to: whether it is decided, whether it succeeded, or whether it
-- must wait.
reply_shares as (

    select
        'reply_within_24h_rate' as metric,
        customer_id,
        channel,
        first_team as team,
        category,
        priority,
        {{ reply_deadline }} < {{ as_of_cut() }} as is_decided,
        coalesce(first_replied_at <= {{ reply_deadline }}, false) as is_success,
        created_at as event_at
    from tickets
    where {{ awaits_reply("needs_reply", "submitter_type") }}
),

reopen_shares as (

    select
        'reopen_rate' as metric,
        customer_id,
        channel,
        first_solve_team as team,
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
        satisfaction_team as team,
        category,
        priority,
        true as is_decided,
        satisfaction = 'good' as is_success,
        satisfaction_at as event_at
    from tickets
    where satisfaction in ('good', 'bad')
),

target_shares as (

    select
        'sla_attainment_rate' as metric,
        sla_targets.customer_id,
        tickets.channel,
        sla_targets.team,
        tickets.category,
        sla_targets.priority,
        sla_targets.is_measured as is_decided,
        sla_targets.status = 'achieved' as is_success,
        sla_targets.started_at as event_at
    from sla_targets
    inner join tickets on sla_targets.ticket_key = tickets.ticket_key
),

case_shares as (

    select
        'closed_loop_within_target_rate' as metric,
        customer_id,
        cast(null as varchar) as channel,
        team,
        cast(null as varchar) as category,
        cast(null as varchar) as priority,
        {{ contact_deadline }} < {{ as_of_cut() }} as is_decided,
        coalesce(first_contacted_at <= {{ contact_deadline }}, false) as is_success,
        created_at as event_at
    from cases
),

{% set fcr_methods = [
    ("one_touch", "first_contacts.is_one_touch is not null", "first_contacts.is_one_touch", "true"),
    ("strict", "first_contacts.is_fcr_strict is not null", "first_contacts.is_fcr_strict", "true"),
    ("no_repeat", "first_contacts.is_fcr_mature is not null", "first_contacts.is_fcr_no_repeat",
        "first_contacts.is_fcr_mature"),
] -%}

first_contact_shares as (

    {% for method, condition, success, decided in fcr_methods -%}
    select
        'fcr_{{ method }}' as metric,
        all_tickets.customer_id,
        all_tickets.channel,
        all_tickets.first_solve_team as team,
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
    select * from target_shares
    union all
    select * from case_shares
    union all
    select * from first_contact_shares
    union all
    select * replace ('fcr' as metric)
    from first_contact_shares
    where metric = 'fcr_{{ var("fcr_method") }}'
),

shares_with_segment as (

    select
        shares.metric,
        shares.channel,
        shares.team,
        shares.category,
        shares.priority,
        customers.segment,
        case when shares.is_decided then 1 else 0 end as decided,
        case when shares.is_decided and shares.is_success then 1 else 0 end as success,
        {{ local_date("shares.event_at") }} as event_date
    from shares
    inner join customers
        on
            shares.customer_id = customers.customer_id
            and shares.event_at >= customers.valid_from
            and shares.event_at < customers.valid_to
),

shares_per_day as (

    {{ rollup_by_day(
        "shares_with_segment",
        dimensions,
        "sum(success) as successes, sum(decided) as decided_count, count(*) as ticket_count",
        by=["metric"]
    ) }}
),

share_parts as (

    select
        shares_per_day.metric,
        periods.period_grain,
        periods.period_start,
        shares_per_day.dimension,
        shares_per_day.dimension_value,
        sum(shares_per_day.successes) as successes,
        sum(shares_per_day.decided_count) as n,
        sum(shares_per_day.ticket_count - shares_per_day.decided_count) as pending_n
    from shares_per_day
    {{ join_periods("shares_per_day") }}
    group by all
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

backlog_changes_per_member as (

    {{ rollup_by_day(
        "backlog_changes",
        dimensions,
        "sum(open_change) as open_change, sum(unassigned_change) as unassigned_change"
    ) }}
),

backlog_members as (

    select distinct
        dimension,
        dimension_value
    from backlog_changes_per_member
    union
    select
        'all' as dimension,
        'all' as dimension_value
    from first_day_of_tickets
    where first_day is not null
),

backlog_changes_and_last_days as (

    select
        dimension,
        dimension_value,
        event_date,
        cast(null as varchar) as period_grain,
        cast(null as date) as period_start,
        open_change,
        unassigned_change
    from backlog_changes_per_member
    union all
    select
        backlog_members.dimension,
        backlog_members.dimension_value,
        last_days.date_day as event_date,
        last_days.period_grain,
        last_days.period_start,
        0 as open_change,
        0 as unassigned_change
    from last_days
    cross join backlog_members
    where
        last_days.period_grain <> 'day'
        or backlog_members.dimension = 'all'
),

backlog_levels as (

    select
        dimension,
        dimension_value,
        period_grain,
        period_start,
        cast(sum(open_change) over member_so_far as bigint) as open_count,
        cast(sum(unassigned_change) over member_so_far as bigint) as unassigned_count
    from backlog_changes_and_last_days
    window member_so_far as (
        partition by dimension, dimension_value
        order by event_date
        range between unbounded preceding and current row
    )
),

backlog_in_periods as (

    select *
    from backlog_levels
    where period_grain is not null
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
    {% if var("fcr_method") == "reported" -%}
    union all
    select
        'fcr' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        sum_squares,
        n,
        value,
        value_low,
        value_high,
        pending_n
    from {{ ref("metric_rows__surveys") }}
    where metric = 'fcr_reported'
    {%- endif %}
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
