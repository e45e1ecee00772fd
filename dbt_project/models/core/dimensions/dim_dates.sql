-- Grain: one row per calendar day from 1970 to a year after as_of, and the unknown day (null).

with days as (

    select cast(series.day as date) as date_day
    from {{ day_series("cast('1970-01-01' as date)", as_of_date() ~ " + interval 366 day") }} as series
),

dim_dates as (

    select
        cast(strftime(date_day, '%Y%m%d') as varchar) as date_key,
        date_day,

        cast(extract(year from date_day) as integer) as year_number,
        cast(extract(quarter from date_day) as integer) as quarter_number,
        cast(extract(month from date_day) as integer) as month_number,
        cast(extract(week from date_day) as integer) as iso_week_number,
        cast(extract(isodow from date_day) as integer) as iso_weekday,

        extract(isodow from date_day) >= 6 as is_weekend,

        {{ period_start("week", "date_day") }} as week_start,
        {{ period_start("month", "date_day") }} as month_start,
        {{ period_start("quarter", "date_day") }} as quarter_start,
        {{ period_start("year", "date_day") }} as year_start
    from days
    union all
    select
        '-1',
        null,
        null,
        null,
        null,
        null,
        null,
        false,
        null,
        null,
        null,
        null
)

select * from dim_dates
