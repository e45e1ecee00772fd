-- Grain: one row per schedule of business hours, and the unknown one (tickets that no schedule governs).
-- The hours day by day are in int_business_hours: business minutes are computed from those.

with schedules as (

    select * from {{ ref("int_schedules") }}
),

schedule_rows as (

    select *
    from {{ ref("int_schedules_current") }}
    where
        not coalesce(is_deleted, false)
        and (valid_from is null or valid_from < {{ as_of_cut() }})
        and (valid_to is null or valid_to >= {{ as_of_cut() }})
),

holidays as (

    select
        source_system,
        schedule_id,
        count(*) as holiday_count
    from {{ ref("int_holidays_current") }}
    where not coalesce(is_deleted, false)
    group by source_system, schedule_id
),

weeks as (

    select
        source_system,
        schedule_id,
        count(distinct weekday) as weekday_count,
        string_agg(weekday || ' ' || opens_at || '-' || closes_at, ', ' order by weekday, opens_at) as windows
    from schedule_rows
    group by source_system, schedule_id
),

dim_schedules as (

    select
        schedules.schedule_key,
        schedules.source_system,
        schedules.schedule_id,

        schedules.timezone,
        weeks.windows,

        cast(coalesce(weeks.weekday_count, 0) as integer) as weekday_count,
        cast(coalesce(holidays.holiday_count, 0) as integer) as holiday_count,

        schedules.is_default,
        schedules.is_deleted
    from schedules
    left join weeks
        on
            schedules.source_system = weeks.source_system
            and schedules.schedule_id = weeks.schedule_id
    left join holidays
        on
            schedules.source_system = holidays.source_system
            and schedules.schedule_id = holidays.schedule_id
    union all
    select
        -1 as schedule_key,
        '-1' as source_system,
        '-1' as schedule_id,

        'UTC' as timezone,
        null as windows,

        0 as weekday_count,
        0 as holiday_count,

        false as is_default,
        false as is_deleted
)

select * from dim_schedules
