-- Grain: one row per basis (subscription, purchase), cohort month and age in months, for months that are over at as_of.
-- subscription: the cohort is the first month with recurring revenue at its close, and active means revenue at the
-- close. purchase: the cohort is the month of the first purchase, and active means a purchase in the month. Classic
-- counts who is active in that month, rolling who is active then or later. The cohort's size never changes. A cell
-- whose month is not over has no row: it cannot be observed yet.

with mrr_monthly as (

    select * from {{ ref("fct_mrr_monthly") }}
),

purchase_days as (

    select * from {{ ref("int_purchase_days") }}
),

refunds as (

    select *
    from {{ ref("fct_refunds") }}
    where
        is_counted
        and not is_test
        and customer_id <> '-1'
),

months as (

    select distinct month_start
    from {{ ref("dim_dates") }}
    where {{ local_midnight("month_start + interval 1 month") }} <= {{ as_of_cut() }}
),

activity as (

    select
        'subscription' as basis,
        mrr_customer_id as cohort_customer_id,
        month_start,
        true as is_active,
        sum(amount) as revenue
    from mrr_monthly
    group by mrr_customer_id, month_start
    union all
    select
        'purchase' as basis,
        customer_id as cohort_customer_id,
        {{ period_start("month", "purchase_date") }} as month_start,
        true as is_active,
        sum(amount) as revenue
    from purchase_days
    group by customer_id, {{ period_start("month", "purchase_date") }}
    union all
    select
        'purchase' as basis,
        customer_id as cohort_customer_id,
        {{ period_start("month", "refunded_date") }} as month_start,
        false as is_active,
        -sum(amount) as revenue
    from refunds
    group by customer_id, {{ period_start("month", "refunded_date") }}
),

observable_activity as (

    select activity.*
    from activity
    inner join months on activity.month_start = months.month_start
),

cohort_customers as (

    select
        basis,
        cohort_customer_id,
        min(month_start) as cohort_month,
        max(month_start) as last_active_month
    from observable_activity
    where is_active
    group by basis, cohort_customer_id
),

cohort_sizes as (

    select
        basis,
        cohort_month,
        count(*) as cohort_size
    from cohort_customers
    group by basis, cohort_month
),

cells as (

    select
        cohort_sizes.basis,
        cohort_sizes.cohort_month,
        cohort_sizes.cohort_size,
        months.month_start
    from cohort_sizes
    inner join months on cohort_sizes.cohort_month <= months.month_start
),

active_counts as (

    select
        cohort_customers.basis,
        cohort_customers.cohort_month,
        observable_activity.month_start,
        count(distinct observable_activity.cohort_customer_id) filter (where observable_activity.is_active)
        as active_customers,
        sum(observable_activity.revenue) as revenue
    from observable_activity
    inner join cohort_customers
        on
            observable_activity.basis = cohort_customers.basis
            and observable_activity.cohort_customer_id = cohort_customers.cohort_customer_id
    where observable_activity.month_start >= cohort_customers.cohort_month
    group by cohort_customers.basis, cohort_customers.cohort_month, observable_activity.month_start
),

last_active_counts as (

    select
        basis,
        cohort_month,
        last_active_month,
        count(*) as customer_count
    from cohort_customers
    group by basis, cohort_month, last_active_month
),

rolling_counts as (

    select
        cells.basis,
        cells.cohort_month,
        cells.month_start,
        sum(last_active_counts.customer_count) as rolling_customers
    from cells
    inner join last_active_counts
        on
            cells.basis = last_active_counts.basis
            and cells.cohort_month = last_active_counts.cohort_month
            and cells.month_start <= last_active_counts.last_active_month
    group by cells.basis, cells.cohort_month, cells.month_start
),

counted as (

    select
        cells.basis,
        cells.cohort_month,
        cells.month_start,
        cells.cohort_size,
        coalesce(active_counts.active_customers, 0) as active_customers,
        cast(coalesce(rolling_counts.rolling_customers, 0) as bigint) as rolling_customers,
        {{ money("coalesce(active_counts.revenue, 0)") }} as revenue
    from cells
    left join active_counts
        on
            cells.basis = active_counts.basis
            and cells.cohort_month = active_counts.cohort_month
            and cells.month_start = active_counts.month_start
    left join rolling_counts
        on
            cells.basis = rolling_counts.basis
            and cells.cohort_month = rolling_counts.cohort_month
            and cells.month_start = rolling_counts.month_start
),

with_first_revenue as (

    select
        *,
        cast({{ months_between("cohort_month", "month_start") }} as integer) as age_months,
        first_value(revenue) over (partition by basis, cohort_month order by month_start) as cohort_revenue
    from counted
),

mart_retention_cohorts as (

    select
        basis,
        cohort_month,
        age_months,
        month_start,
        {{ reporting_currency() }} as currency,

        cohort_size,
        active_customers,
        rolling_customers,
        cohort_revenue,
        revenue,

        cohort_size as n,
        {{ percent("active_customers", "cohort_size") }} as classic_retention_rate,
        {{ wilson_low("active_customers", "cohort_size") }} as classic_retention_rate_low,
        {{ wilson_high("active_customers", "cohort_size") }} as classic_retention_rate_high,
        {{ percent("rolling_customers", "cohort_size") }} as rolling_retention_rate,
        {{ wilson_low("rolling_customers", "cohort_size") }} as rolling_retention_rate_low,
        {{ wilson_high("rolling_customers", "cohort_size") }} as rolling_retention_rate_high,
        {{ percent("revenue", "cohort_revenue") }} as revenue_retention_rate
    from with_first_revenue
)

select * from mart_retention_cohorts
