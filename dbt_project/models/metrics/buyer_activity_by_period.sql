-- Grain: one row per complete month, quarter or year, segment and country: buyers who were active without a contract
-- when it opened, and how many of them were not when it closed. Active: the last purchase is at most var
-- inactivity_days old; at 180 days of 180 a buyer is still active. Whoever pays a subscription at the opening has a
-- contract and belongs to logo churn instead.

with purchase_days as (

    select * from {{ ref("int_purchase_days") }}
),

histories as (

    select * from {{ ref("int_purchase_histories") }}
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

    select min(first_purchase_date) as purchase_date
    from histories
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

-- A purchase keeps a buyer active for the window; purchases that follow each other within it are one spell. There are
-- ten times fewer spells than purchases.
last_purchases_of_spells as (

    select *
    from purchase_days
    where coalesce(
        {{ days_between("purchase_date", "next_purchase_date") }} > {{ var("inactivity_days") }},
        true
    )
),

spells as (

    select
        last_purchases_of_spells.customer_id,
        coalesce(
            lag(last_purchases_of_spells.next_purchase_date) over (
                partition by last_purchases_of_spells.customer_id
                order by last_purchases_of_spells.purchase_date
            ),
            histories.first_purchase_date
        ) as first_active_date,
        {{ add_days("last_purchases_of_spells.purchase_date", var("inactivity_days")) }} as last_active_date
    from last_purchases_of_spells
    inner join histories on last_purchases_of_spells.customer_id = histories.customer_id
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

-- Who was active at both ends of a period in two different spells: few, and found apart, so that the many are read
-- once.
returned_by_closing as (

    select
        observed_periods.opening_date,
        observed_periods.closing_date,
        spells.customer_id
    from spells
    inner join spells as later_spells
        on
            spells.customer_id = later_spells.customer_id
            and spells.last_active_date < later_spells.first_active_date
    inner join observed_periods
        on
            spells.first_active_date <= observed_periods.opening_date
            and spells.last_active_date >= observed_periods.opening_date
            and later_spells.first_active_date <= observed_periods.closing_date
            and later_spells.last_active_date >= observed_periods.closing_date
),

active_at_opening as (

    select
        observed_periods.*,
        spells.customer_id,
        spells.last_active_date >= observed_periods.closing_date as is_same_spell_at_closing
    from spells
    inner join observed_periods
        on
            spells.first_active_date <= observed_periods.opening_date
            and spells.last_active_date >= observed_periods.opening_date
),

buyer_activity_by_period as (

    select
        active_at_opening.period_grain,
        active_at_opening.period_start,

        customers.segment,
        customers.country,

        count(*) as active_buyers,
        count(*) filter (
            where not active_at_opening.is_same_spell_at_closing and returned_by_closing.customer_id is null
        ) as inactive_buyers
    from active_at_opening
    left join returned_by_closing
        on
            active_at_opening.opening_date = returned_by_closing.opening_date
            and active_at_opening.closing_date = returned_by_closing.closing_date
            and active_at_opening.customer_id = returned_by_closing.customer_id
    left join under_contract
        on
            active_at_opening.opening_date = under_contract.opening_date
            and active_at_opening.customer_id = under_contract.customer_id
    left join customers
        on
            active_at_opening.customer_id = customers.customer_id
            and {{ local_midnight("active_at_opening.period_start") }} > customers.valid_from
            and {{ local_midnight("active_at_opening.period_start") }} <= customers.valid_to
    where under_contract.customer_id is null
    group by active_at_opening.period_grain, active_at_opening.period_start, customers.segment, customers.country
)

select * from buyer_activity_by_period
