-- Grain: one row per complete month, quarter or year, segment and country: buyers who were active without a contract
-- when it opened, and how many of them were not when it closed. Active: the last purchase is at most var
-- inactivity_days old; at 180 days of 180 a buyer is still active. Whoever pays a subscription at the opening has a
-- contract and belongs to logo churn instead.

with purchase_days as (

    select * from {{ ref("int_purchase_days") }}
),

subscription_periods as (

    select *
    from {{ ref("int_subscription_periods") }}
    where
        is_paying
        and not is_test
        and customer_id <> '-1'
),

customers as (

    select * from {{ ref("dim_customers") }}
),

first_purchase as (

    select min(purchase_date) as purchase_date
    from purchase_days
),

periods as (

    {% for grain, months in [("month", 1), ("quarter", 3), ("year", 12)] -%}
    select distinct
        '{{ grain }}' as period_grain,
        {{ grain }}_start as period_start,
        cast({{ grain }}_start - interval 1 day as date) as opening_date,
        cast({{ grain }}_start + interval {{ months }} month - interval 1 day as date) as closing_date
    from {{ ref("dim_dates") }}
    where {{ grain }}_start + interval {{ months }} month <= {{ as_of_date() }} + interval 1 day
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

observed_periods as (

    select periods.*
    from periods
    inner join first_purchase on periods.opening_date >= first_purchase.purchase_date
),

days_to_look_at as (

    select opening_date as date_day
    from observed_periods
    union
    select closing_date as date_day
    from observed_periods
),

-- A purchase keeps a buyer active for the window, or until the next purchase takes over.
active_buyers as (

    select
        days_to_look_at.date_day,
        purchase_days.customer_id
    from purchase_days
    inner join days_to_look_at
        on
            purchase_days.purchase_date <= days_to_look_at.date_day
            and {{ days_between("purchase_days.purchase_date", "days_to_look_at.date_day") }}
            <= {{ var("inactivity_days") }}
            and days_to_look_at.date_day < coalesce(purchase_days.next_purchase_date, date '9999-12-31')
),

under_contract as (

    select distinct
        observed_periods.opening_date,
        subscription_periods.customer_id
    from subscription_periods
    inner join observed_periods
        on
            subscription_periods.period_start < {{ local_midnight("observed_periods.period_start") }}
            and subscription_periods.effective_to >= {{ local_midnight("observed_periods.period_start") }}
),

buyer_activity_by_period as (

    select
        observed_periods.period_grain,
        observed_periods.period_start,

        customers.segment,
        customers.country,

        count(*) as active_buyers,
        count(*) filter (where active_at_closing.customer_id is null) as inactive_buyers
    from observed_periods
    inner join active_buyers as active_at_opening on observed_periods.opening_date = active_at_opening.date_day
    left join active_buyers as active_at_closing
        on
            observed_periods.closing_date = active_at_closing.date_day
            and active_at_opening.customer_id = active_at_closing.customer_id
    left join under_contract
        on
            observed_periods.opening_date = under_contract.opening_date
            and active_at_opening.customer_id = under_contract.customer_id
    left join customers
        on
            active_at_opening.customer_id = customers.customer_id
            and {{ local_midnight("observed_periods.period_start") }} > customers.valid_from
            and {{ local_midnight("observed_periods.period_start") }} <= customers.valid_to
    where under_contract.customer_id is null
    group by observed_periods.period_grain, observed_periods.period_start, customers.segment, customers.country
)

select * from buyer_activity_by_period
