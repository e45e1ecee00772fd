-- Grain: one row per calendar day and period grain; the period the day falls in.
-- all_time and trailing have no start: their rows carry null. Days run from 1970 to as_of, so that what happened later
-- falls in no period.

with days as (

    select cast(date_day as date) as date_day
    from {{ ref("dim_dates") }}
    where
        date_day is not null
        and date_day <= {{ as_of_date() }}
),

calendar_periods as (

    {% for grain in ["day", "week", "month", "quarter", "year"] -%}
    select
        date_day,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, "date_day") }} as period_start
    from days
    union all
    {% endfor -%}
    select
        date_day,
        'all_time' as period_grain,
        cast(null as date) as period_start
    from days
    union all
    select
        date_day,
        'trailing' as period_grain,
        cast(null as date) as period_start
    from days
    where date_day > {{ as_of_date() }} - interval ({{ var("trailing_days") }}) day
)

select
    date_day,
    period_grain,
    period_start
from calendar_periods
