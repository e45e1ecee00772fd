-- Grain: one row per uninterrupted opening of a schedule, as an interval of UTC, with the business seconds before
-- it.
-- An instant is inside the hours if the clock on the schedule's wall shows a time of one of that day's windows: on
-- the days on which clocks change, an hour that comes twice counts twice and one that is left out does not count. A
-- window that runs overnight is two, one on either side of midnight; a holiday closes the local day, midnight to
-- midnight. Windows that touch or overlap are one opening. valid_from and valid_to are instants and may cut a
-- window. The calendar reaches from two days before the first ticket to business_calendar_days_ahead days after as_of,
-- so that the business time between any two instants is the difference of two look-ups, however long the ticket, and
-- the instant at which a target will be missed is one more.

with schedules as (

    select * from {{ ref("int_schedules") }}
),

schedule_rows as (

    select * from {{ ref("int_schedules_current") }}
),

timezones as (

    select timezone from {{ known_timezones() }} as zones
),

holidays as (

    select *
    from {{ ref("int_holidays_current") }}
    where not coalesce(is_deleted, false)
),

first_ticket as (

    select min(created_at) as created_at
    from {{ ref("int_tickets_current") }}
    where created_at < {{ as_of_cut() }}
),

calendar_bounds as (

    select
        cast(created_at as date) - interval 2 day as first_day,
        {{ as_of_date() }} + interval {{ var("business_calendar_days_ahead") }} day as last_day
    from first_ticket
),

days as (

    select
        cast(series.day as date) as day,
        cast(series.day as timestamp) at time zone 'UTC' as starts_at,
        {{ epoch_seconds("cast(series.day as timestamp)") }} as starts_epoch
    from {{ day_series("(select first_day from calendar_bounds)", "(select last_day from calendar_bounds)") }} as series
),

rows_in_force as (

    select
        schedules.schedule_key,
        schedules.source_system,
        schedules.schedule_id,
        schedule_rows.timezone,
        schedule_rows.weekday,
        {{ clock_minutes("schedule_rows.opens_at") }} as opens_minute,
        {{ clock_minutes("schedule_rows.closes_at") }} as closes_minute,
        {{ epoch_seconds("schedule_rows.valid_from") }} as valid_from_epoch,
        {{ epoch_seconds("schedule_rows.valid_to") }} as valid_to_epoch
    from schedule_rows
    inner join schedules
        on
            schedule_rows.source_system = schedules.source_system
            and schedule_rows.schedule_id = schedules.schedule_id
    inner join timezones on schedule_rows.timezone = timezones.timezone
    where
        schedules.is_deleted
        or not coalesce(schedule_rows.is_deleted, false)
),

offsets_at_midnight as (

    select
        zones.timezone,
        days.starts_at,
        days.starts_epoch,
        {{ utc_offset_seconds("days.starts_at", "zones.timezone") }} as offset_seconds,
        row_number() over (partition by zones.timezone order by days.day) as day_number,
        lead({{ utc_offset_seconds("days.starts_at", "zones.timezone") }}) over (
            partition by zones.timezone order by days.day
        ) as next_offset_seconds
    from (select distinct timezone from rows_in_force) as zones
    cross join days
),

-- Clocks change at a quarter of an hour of UTC in every zone of today: the first quarter with the new offset is the
-- change.
clock_changes as (

    select
        offsets_at_midnight.timezone,
        offsets_at_midnight.starts_epoch + min(quarters.number) * 900 as changes_epoch,
        offsets_at_midnight.next_offset_seconds as offset_seconds
    from offsets_at_midnight
    cross join {{ number_series(1, 96) }} as quarters
    where
        offsets_at_midnight.offset_seconds <> offsets_at_midnight.next_offset_seconds
        and {{ utc_offset_seconds(
            "offsets_at_midnight.starts_at + quarters.number * interval 15 minute", "offsets_at_midnight.timezone"
        ) }} = offsets_at_midnight.next_offset_seconds
    group by
        offsets_at_midnight.timezone, offsets_at_midnight.starts_epoch, offsets_at_midnight.next_offset_seconds
),

offset_starts as (

    select
        timezone,
        starts_epoch - 172800 as from_epoch,
        offset_seconds
    from offsets_at_midnight
    where day_number = 1
    union all
    select
        timezone,
        changes_epoch as from_epoch,
        offset_seconds
    from clock_changes
),

offset_periods as (

    select
        timezone,
        offset_seconds,
        from_epoch,
        coalesce(lead(from_epoch) over (partition by timezone order by from_epoch), 1e12) as to_epoch
    from offset_starts
),

windows_of_days as (

    select
        rows_in_force.*,
        days.day,
        days.starts_epoch
    from rows_in_force
    inner join days on extract(isodow from days.day) = rows_in_force.weekday
),

windows_within_a_day as (

    select
        * exclude (closes_minute),
        case when closes_minute > opens_minute then closes_minute else 1440 end as closes_minute
    from windows_of_days
    union all by name
    select
        * exclude (day, starts_epoch, opens_minute),
        cast(day + interval 1 day as date) as day,
        starts_epoch + 86400 as starts_epoch,
        0 as opens_minute
    from windows_of_days
    where
        closes_minute <= opens_minute
        and closes_minute > 0
),

windows_on_working_days as (

    select windows_within_a_day.*
    from windows_within_a_day
    left join holidays
        on
            windows_within_a_day.source_system = holidays.source_system
            and windows_within_a_day.schedule_id = holidays.schedule_id
            and windows_within_a_day.day = holidays.holiday_date
    where holidays.holiday_date is null
),

windows_in_utc as (

    select
        windows_on_working_days.schedule_key,
        greatest(
            windows_on_working_days.starts_epoch + windows_on_working_days.opens_minute * 60
            - offset_periods.offset_seconds,
            offset_periods.from_epoch,
            coalesce(windows_on_working_days.valid_from_epoch, -1e12)
        ) as opens_epoch,
        least(
            windows_on_working_days.starts_epoch + windows_on_working_days.closes_minute * 60
            - offset_periods.offset_seconds,
            offset_periods.to_epoch,
            coalesce(windows_on_working_days.valid_to_epoch, 1e12)
        ) as closes_epoch
    from windows_on_working_days
    inner join offset_periods
        on
            windows_on_working_days.timezone = offset_periods.timezone
            and windows_on_working_days.starts_epoch < offset_periods.to_epoch + 259200
            and windows_on_working_days.starts_epoch > offset_periods.from_epoch - 259200
),

windows_numbered as (

    select
        schedule_key,
        opens_epoch,
        closes_epoch,
        coalesce(
            opens_epoch > max(closes_epoch) over (
                partition by schedule_key
                order by opens_epoch, closes_epoch
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as starts_an_opening
    from windows_in_utc
    where opens_epoch < closes_epoch
),

windows_grouped as (

    select
        *,
        sum(case when starts_an_opening then 1 else 0 end) over (
            partition by schedule_key
            order by opens_epoch, closes_epoch
            rows between unbounded preceding and current row
        ) as opening_number
    from windows_numbered
),

openings as (

    select
        schedule_key,
        opening_number,
        min(opens_epoch) as opens_epoch,
        max(closes_epoch) as closes_epoch
    from windows_grouped
    group by schedule_key, opening_number
),

int_business_hours as (

    select
        schedule_key,
        cast(opening_number as bigint) as opening_number,

        coalesce(
            sum(closes_epoch - opens_epoch) over (
                partition by schedule_key
                order by opens_epoch
                rows between unbounded preceding and 1 preceding
            ),
            0.0
        ) as business_seconds_before,

        {{ instant_of_epoch("opens_epoch") }} as opens_at,
        {{ instant_of_epoch("closes_epoch") }} as closes_at
    from openings
)

select * from int_business_hours
