-- Grain: one row per month of sending, survey and channel.
-- Everything follows the invitations of the month, whenever they were answered. How often a person was asked counts
-- all surveys, in the fatigue window up to and including the invitation. Coverage is of the customers, and of their
-- revenue of twelve months and monthly recurring revenue, at the end of the month or at as_of, whichever is earlier.

with invitations as (

    select
        *,
        coalesce(channel, 'unknown') as channel_or_unknown,
        {{ period_start("month", "sent_date") }} as sent_month
    from {{ ref("fct_survey_invitations") }}
    where exclusion_reason is null
),

responses as (

    select *
    from {{ ref("fct_survey_responses") }}
    where
        is_counted
        and invitation_key is not null
),

population_versions as (

    select * from {{ ref("population_versions") }}
),

orders as (

    select *
    from {{ ref("fct_orders") }}
    where
        is_completed
        and not is_test
        and amount is not null
),

refunds as (

    select *
    from {{ ref("fct_refunds") }}
    where
        is_counted
        and not is_test
        and amount is not null
),

monthly_recurring_revenue as (

    select
        mrr_customer_id,
        month_start,
        amount
    from {{ ref("fct_mrr_monthly") }}
    where amount is not null
),

-- Whoever is unknown is asked for the first time as far as anybody can tell.
ranked_invitations as (

    select
        *,
        count(*) over (
            partition by case when customer_id = '-1' then cast(invitation_key as varchar) else customer_id end
            order by sent_at
            range between interval {{ var("survey_fatigue_days") }} day preceding and current row
        ) as invitation_rank
    from invitations
),

counted as (

    select
        survey,
        programme,
        channel_or_unknown as channel,
        sent_month,
        count(*) as sent_n,
        count(*) filter (where is_bounced) as bounced_n,
        count(*) filter (where is_delivered) as delivered_n,
        count(*) filter (where is_started) as started_n,
        count(*) filter (where is_completed) as completed_n,
        count(*) filter (
            where is_delivered and not is_completed
            and sent_at + interval {{ var("survey_answer_window_days") }} day >= {{ as_of_cut() }}
        ) as pending_n,
        {% for rank, name in [("= 1", "first"), ("= 2", "second"), ("> 2", "later")] -%}
        count(*) filter (where is_delivered and invitation_rank {{ rank }}) as {{ name }}_delivered_n,
        count(*) filter (where is_delivered and is_completed and invitation_rank {{ rank }}) as {{ name }}_completed_n,
        {% endfor -%}
        count(*) filter (where invitation_rank > {{ var("survey_fatigue_limit") }}) as over_limit_n,
        count(distinct customer_id) filter (where customer_id <> '-1') as invited_customer_n,
        sum(case when customer_id <> '-1' then invitation_rank end) as invitation_rank_sum,
        count(*) filter (where customer_id <> '-1') as known_n,
        quantile_cont({{ minutes_between("sent_at", "completed_at") }}, 0.5) as completion_minutes
    from ranked_invitations
    group by survey, programme, channel_or_unknown, sent_month
),

cohort_ends as (

    select distinct
        sent_month,
        least(cast(sent_month + interval 1 month as date), {{ add_days(as_of_date(), 1) }}) as cohort_end
    from counted
),

populations as (

    select
        cohort_ends.sent_month,
        count(*) as customer_n
    from cohort_ends
    inner join population_versions
        on
            population_versions.held_from < {{ local_midnight("cohort_ends.cohort_end") }}
            and population_versions.held_to >= {{ local_midnight("cohort_ends.cohort_end") }}
    group by cohort_ends.sent_month
),

customers_that_answered as (

    select distinct
        survey,
        channel_or_unknown as channel,
        sent_month,
        customer_id
    from invitations
    where
        is_completed
        and customer_id <> '-1'
),

answered_customers as (

    select
        answered.survey,
        answered.channel,
        answered.sent_month,
        count(*) as answered_customer_n
    from customers_that_answered as answered
    inner join cohort_ends on answered.sent_month = cohort_ends.sent_month
    inner join population_versions
        on
            answered.customer_id = population_versions.customer_id
            and population_versions.held_from < {{ local_midnight("cohort_ends.cohort_end") }}
            and population_versions.held_to >= {{ local_midnight("cohort_ends.cohort_end") }}
    group by answered.survey, answered.channel, answered.sent_month
),

revenue_by_month as (

    select
        customer_id,
        {{ period_start("month", "ordered_date") }} as month_start,
        sum(amount) as amount
    from orders
    group by all
    union all
    select
        customer_id,
        {{ period_start("month", "refunded_date") }} as month_start,
        -sum(amount) as amount
    from refunds
    group by all
),

-- Added up by month before it meets the cohorts: twelve of them read each month.
revenue_of_all as (

    select
        cohort_ends.sent_month,
        sum(months.amount) as revenue
    from (
        select
            month_start,
            sum(amount) as amount
        from revenue_by_month
        group by month_start
    ) as months
    inner join cohort_ends
        on
            months.month_start <= cohort_ends.sent_month
            and months.month_start + interval 12 month > cohort_ends.sent_month
    group by cohort_ends.sent_month
),

revenue_of_answered as (

    select
        answered.survey,
        answered.channel,
        answered.sent_month,
        sum(revenue_by_month.amount) as covered_revenue
    from customers_that_answered as answered
    inner join revenue_by_month
        on
            answered.customer_id = revenue_by_month.customer_id
            and answered.sent_month >= revenue_by_month.month_start
            and answered.sent_month < revenue_by_month.month_start + interval 12 month
    group by answered.survey, answered.channel, answered.sent_month
),

recurring_of_all as (

    select
        month_start as sent_month,
        sum(amount) as mrr
    from monthly_recurring_revenue
    group by month_start
),

-- Who answered covers what they pay themselves and what the account pays for which they answered.
payers_that_answered as (

    {% for payer in ["account_id", "customer_id"] -%}
    select
        invitations.survey,
        invitations.channel_or_unknown as channel,
        invitations.sent_month,
        responses.{{ payer }} as mrr_customer_id
    from responses
    inner join invitations on responses.invitation_key = invitations.invitation_key
    {% if not loop.last %}union{% endif %}
    {% endfor %}
),

recurring_of_answered as (

    select
        payers.survey,
        payers.channel,
        payers.sent_month,
        sum(monthly.amount) as covered_mrr
    from payers_that_answered as payers
    inner join monthly_recurring_revenue as monthly
        on
            payers.sent_month = monthly.month_start
            and payers.mrr_customer_id = monthly.mrr_customer_id
    group by payers.survey, payers.channel, payers.sent_month
),

mart_survey_operations as (

    select
        {{ surrogate_key(["counted.survey", "counted.channel", "counted.sent_month"]) }} as survey_operations_key,

        counted.survey,
        counted.programme,
        counted.channel,

        counted.sent_n,
        counted.bounced_n,
        counted.delivered_n,
        counted.started_n,
        counted.completed_n,
        counted.pending_n,
        {{ percent("counted.completed_n", "counted.delivered_n") }} as response_rate,
        {{ wilson_low("counted.completed_n", "counted.delivered_n") }} as response_rate_low,
        {{ wilson_high("counted.completed_n", "counted.delivered_n") }} as response_rate_high,
        {{ percent("counted.completed_n", "counted.started_n") }} as completion_rate,
        counted.completion_minutes,

        counted.invited_customer_n,
        counted.over_limit_n,
        {{ safe_divide("counted.invitation_rank_sum", "counted.known_n") }} as invitations_per_customer,
        {% for name in ["first", "second", "later"] -%}
        counted.{{ name }}_delivered_n,
        counted.{{ name }}_completed_n,
        {{ percent("counted." ~ name ~ "_completed_n", "counted." ~ name ~ "_delivered_n") }}
        as {{ name }}_response_rate,
        {% endfor %}
        coalesce(answered_customers.answered_customer_n, 0) as answered_customer_n,
        coalesce(populations.customer_n, 0) as customer_n,
        {{ percent("coalesce(answered_customers.answered_customer_n, 0)", "populations.customer_n") }} as coverage_pct,
        {{ money("case when revenue_of_all.revenue is not null then coalesce(covered_revenue, 0) end") }}
        as covered_revenue,
        {{ money("revenue_of_all.revenue") }} as revenue,
        {{ percent("coalesce(revenue_of_answered.covered_revenue, 0)", "revenue_of_all.revenue") }}
        as revenue_coverage_pct,
        {{ money("case when recurring_of_all.mrr is not null then coalesce(covered_mrr, 0) end") }} as covered_mrr,
        {{ money("recurring_of_all.mrr") }} as mrr,
        {{ percent("coalesce(recurring_of_answered.covered_mrr, 0)", "recurring_of_all.mrr") }} as mrr_coverage_pct,

        counted.sent_month + interval 1 month
        + interval ({{ var("survey_answer_window_days") }} + {{ var("lateness_days") }}) day
        < {{ as_of_date() }} + interval 1 day as is_final,

        counted.sent_month
    from counted
    left join populations on counted.sent_month = populations.sent_month
    left join answered_customers
        on
            counted.survey = answered_customers.survey
            and counted.channel = answered_customers.channel
            and counted.sent_month = answered_customers.sent_month
    left join revenue_of_all on counted.sent_month = revenue_of_all.sent_month
    left join revenue_of_answered
        on
            counted.survey = revenue_of_answered.survey
            and counted.channel = revenue_of_answered.channel
            and counted.sent_month = revenue_of_answered.sent_month
    left join recurring_of_all on counted.sent_month = recurring_of_all.sent_month
    left join recurring_of_answered
        on
            counted.survey = recurring_of_answered.survey
            and counted.channel = recurring_of_answered.channel
            and counted.sent_month = recurring_of_answered.sent_month
)

select * from mart_survey_operations
