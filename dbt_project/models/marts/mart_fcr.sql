-- Grain: one row per week (Monday), category, channel and method of first contact resolution.
-- The week is that of the first solution, or of the answer for what customers report (the latest answer of each in
-- the week; category of the ticket it is about, channel of the survey). The methods do not add up: each asks
-- something else. One-touch counts merged, spam and deleted tickets, as the help desk's own figure does; the others
-- leave them out.

{% set methods = [
    ("one_touch", "first_contacts.is_one_touch is not null", "first_contacts.is_one_touch", "true"),
    ("strict", "first_contacts.is_fcr_strict is not null", "first_contacts.is_fcr_strict", "true"),
    ("no_repeat", "first_contacts.is_fcr_mature is not null", "first_contacts.is_fcr_no_repeat",
        "first_contacts.is_fcr_mature"),
] -%}

with tickets as (

    select *
    from {{ ref("int_tickets_replayed") }}
    where first_solved_at is not null
),

first_contacts as (

    select * from {{ ref("int_ticket_first_contacts") }}
),

reports as (

    select
        latest_answers.*,
        answers.response_key
    from {{ ref("latest_survey_answers_by_period") }} as latest_answers
    inner join {{ ref("fct_survey_answers") }} as answers on latest_answers.answer_key = answers.answer_key
    where
        latest_answers.metric = 'fcr_reported'
        and latest_answers.period_grain = 'week'
),

responses as (

    select
        response_key,
        ticket_key
    from {{ ref("fct_survey_responses") }}
),

categories as (

    select
        ticket_key,
        category
    from {{ ref("fct_tickets") }}
),

judged_tickets as (

    {% for method, condition, success, decided in methods -%}
    select
        {{ period_start("week", local_date("tickets.first_solved_at")) }} as week_start,
        coalesce(tickets.category, 'unknown') as category,
        tickets.channel,
        '{{ method }}' as method,
        {{ decided }} as is_decided,
        coalesce({{ success }}, false) as is_resolved
    from tickets
    inner join first_contacts on tickets.ticket_key = first_contacts.ticket_key
    where {{ condition }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

judged_reports as (

    select
        reports.period_start as week_start,
        coalesce(categories.category, 'unknown') as category,
        coalesce(reports.channel, 'unknown') as channel,
        'reported' as method,
        true as is_decided,
        reports.is_resolved_first_contact as is_resolved
    from reports
    inner join responses on reports.response_key = responses.response_key
    left join categories on responses.ticket_key = categories.ticket_key
),

judged as (

    select * from judged_tickets
    union all
    select * from judged_reports
),

counted as (

    select
        week_start,
        category,
        channel,
        method,
        count(*) filter (where is_decided and is_resolved) as resolved_count,
        count(*) filter (where is_decided) as n,
        count(*) filter (where not is_decided) as pending_n
    from judged
    group by week_start, category, channel, method
),

mart_fcr as (

    select
        {{ surrogate_key(["week_start", "category", "channel", "method"]) }} as fcr_key,

        category,
        channel,
        method,

        resolved_count,
        n,
        pending_n,
        {{ percent("resolved_count", "n") }} as fcr_pct,
        {{ wilson_low("resolved_count", "n") }} as fcr_pct_low,
        {{ wilson_high("resolved_count", "n") }} as fcr_pct_high,

        week_start
    from counted
)

select * from mart_fcr
