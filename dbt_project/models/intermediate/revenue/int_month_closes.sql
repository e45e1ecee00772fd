-- Grain: one row per calendar month that is over at as_of, from the first month with a price period.
-- The running month is not here: its close has not come, and a churn rate over half a month would read as good news.

with subscription_periods as (

    select * from {{ ref("int_subscription_periods") }}
),

days as (

    select cast(series.day as date) as date_day
    from {{ day_series("cast('1970-01-01' as date)", as_of_date()) }} as series
),

months as (

    select
        date_day as month_start,
        cast(date_day + interval 1 month as date) as next_month_start
    from days
    where extract(day from date_day) = 1
),

first_month as (

    select {{ period_start("month", local_date("min(period_start)")) }} as month_start
    from subscription_periods
),

int_month_closes as (

    select
        months.month_start,
        cast(months.next_month_start - interval 1 day as date) as month_end,
        {{ local_midnight("months.month_start") }} as opens_at,
        {{ local_midnight("months.next_month_start") }} as closes_at
    from months
    inner join first_month on months.month_start >= first_month.month_start
    where {{ local_midnight("months.next_month_start") }} <= {{ as_of_cut() }}
)

select * from int_month_closes
