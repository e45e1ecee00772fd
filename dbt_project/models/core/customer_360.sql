-- Grain: one row per current customer: who it is, what happened, what it is worth, how it feels.
-- Test and deleted customers are left out, and so is the unknown one: it is not a person.

with customers as (

    select *
    from {{ ref("dim_customers") }}
    where
        is_current
        and customer_id <> '-1'
        and not is_test
        and not is_deleted
),

contact_records as (

    select
        customer_id,
        min(created_at) as first_created_at,
        max(case when changed_at < {{ as_of_cut() }} then changed_at end) as profile_updated_at
    from {{ ref("int_contact_versions") }}
    group by customer_id
),

identifiers as (

    select * from {{ ref("customer_identifiers") }}
),

orders as (

    select * from {{ ref("fct_orders") }}
),

refunds as (

    select * from {{ ref("fct_refunds") }}
),

tickets as (

    select *
    from {{ ref("fct_tickets") }}
    where
        not is_merged
        and not is_spam
),

responses as (

    select * from {{ ref("fct_survey_responses") }}
),

monthly_recurring_revenue as (

    select *
    from {{ ref("fct_mrr_monthly") }}
    where month_start = (select max(closes.month_start) from {{ ref("int_month_closes") }} as closes)
),

survey_scores as (

    select * from {{ ref("int_customer_survey_scores") }}
),

customer_values as (

    select *
    from {{ ref("int_customer_values_scored") }}
    where is_current
),

own_actions as (

    select
        customer_id,
        channel,
        ordered_at as acted_at,
        false as is_contact
    from orders
    union all
    select
        customer_id,
        channel,
        created_at as acted_at,
        true as is_contact
    from tickets
    where coalesce(submitter_type, 'customer') = 'customer'
    union all
    select
        customer_id,
        channel,
        responded_at as acted_at,
        true as is_contact
    from responses
),

seen as (

    select
        customer_id,
        min(acted_at) as first_acted_at,
        max(acted_at) as last_acted_at
    from own_actions
    group by customer_id
),

recent_channels as (

    select
        customer_id,
        channel
    from own_actions
    where
        is_contact
        and channel is not null
        and acted_at >= {{ trailing_start() }}
    group by customer_id, channel
    qualify row_number() over (partition by customer_id order by count(*) desc, max(acted_at) desc, channel) = 1
),

local_hours as (

    select
        own_actions.customer_id,
        extract(
            hour from own_actions.acted_at at time zone coalesce(customers.timezone, '{{ var("reporting_timezone") }}')
        ) as local_hour
    from own_actions
    inner join customers on own_actions.customer_id = customers.customer_id
    where own_actions.acted_at >= {{ trailing_start() }}
),

actions_per_hour as (

    select
        customer_id,
        local_hour,
        count(*) as action_count
    from local_hours
    group by customer_id, local_hour
),

-- The hour with most actions, of equal ones the earliest.
own_best_hours as (

    select
        customer_id,
        max_by(local_hour, action_count * 24 - local_hour) as local_hour,
        sum(action_count) as action_count
    from actions_per_hour
    group by customer_id
),

everybodys_best_hour as (

    select local_hour
    from actions_per_hour
    group by local_hour
    qualify row_number() over (order by sum(action_count) desc, local_hour) = 1
),

order_totals as (

    select
        customer_id,
        count(*) as order_count,
        sum(amount) as revenue,
        sum(margin) as margin,
        max(ordered_at) as last_order_at
    from orders
    where
        is_completed
        and not is_test
    group by customer_id
),

refund_totals as (

    select
        customer_id,
        sum(amount) as refunded
    from refunds
    where is_counted
    group by customer_id
),

ticket_totals as (

    select
        customer_id,
        count(*) filter (where not is_solved) as open_ticket_count,
        count(*) filter (where created_date > {{ as_of_date() }} - interval 90 day) as ticket_count_90d,
        count(*) as ticket_count
    from tickets
    group by customer_id
),

recurring_revenue as (

    select
        customer_id,
        sum(amount) as mrr
    from monthly_recurring_revenue
    where mrr_customer_type = 'customer'
    group by customer_id
),

customer_360 as (

    select
        customers.customer_id,
        customers.account_id,

        customers.lifecycle_status,
        customers.persona,
        customers.segment,
        customers.country,
        customers.language,
        customers.age_band,
        customers.acquisition_source,
        recent_channels.channel as preferred_channel,
        survey_scores.nps_group,
        customer_values.rfm_segment,

        cast(
            case
                when own_best_hours.action_count >= 3 then own_best_hours.local_hour
                else (select everybodys_best_hour.local_hour from everybodys_best_hour)
            end as integer
        ) as best_contact_hour,
        round(
            100.0 * (
                case when identifiers.first_name is not null or identifiers.last_name is not null then 1 else 0 end
                {% for attribute in [
                    "identifiers.email", "identifiers.phone", "identifiers.birth_date", "customers.segment",
                    "customers.country", "customers.language", "customers.gender", "customers.acquisition_source",
                    "customers.has_marketing_consent",
                ] -%}
                + case when {{ attribute }} is not null then 1 else 0 end
                {% endfor %}
            ) / 10.0, 1
        ) as profile_completeness,
        {{ days_between(
            local_date("least(coalesce(contact_records.first_created_at, seen.first_acted_at), coalesce(seen.first_acted_at, contact_records.first_created_at))"),
            as_of_date(),
        ) }} as tenure_days,
        coalesce(order_totals.order_count, 0) as order_count,
        {{ money("coalesce(order_totals.revenue, 0) - coalesce(refund_totals.refunded, 0)") }} as net_revenue,
        {{ money("coalesce(order_totals.margin, 0) - coalesce(refund_totals.refunded, 0)") }} as margin,
        {{ money("coalesce(recurring_revenue.mrr, 0)") }} as mrr,
        coalesce(ticket_totals.open_ticket_count, 0) as open_ticket_count,
        coalesce(ticket_totals.ticket_count_90d, 0) as ticket_count_90d,
        coalesce(ticket_totals.ticket_count, 0) as ticket_count,
        survey_scores.last_nps,
        survey_scores.last_csat,
        survey_scores.last_ces,
        customer_values.p_alive,
        customer_values.clv_historic,
        customer_values.clv_expected,

        least(
            coalesce(contact_records.first_created_at, seen.first_acted_at),
            coalesce(seen.first_acted_at, contact_records.first_created_at)
        ) as first_seen_at,
        seen.last_acted_at as last_seen_at,
        order_totals.last_order_at,
        contact_records.profile_updated_at,

        {{ as_of_date() }} as as_of
    from customers
    left join contact_records on customers.customer_id = contact_records.customer_id
    left join identifiers on customers.customer_id = identifiers.customer_id
    left join seen on customers.customer_id = seen.customer_id
    left join recent_channels on customers.customer_id = recent_channels.customer_id
    left join own_best_hours on customers.customer_id = own_best_hours.customer_id
    left join order_totals on customers.customer_id = order_totals.customer_id
    left join refund_totals on customers.customer_id = refund_totals.customer_id
    left join recurring_revenue on customers.customer_id = recurring_revenue.customer_id
    left join ticket_totals on customers.customer_id = ticket_totals.customer_id
    left join survey_scores on customers.customer_id = survey_scores.customer_id
    left join customer_values on customers.customer_id = customer_values.customer_id
)

select * from customer_360
