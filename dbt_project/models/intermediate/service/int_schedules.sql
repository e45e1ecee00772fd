-- Grain: one row per schedule of business hours of a source system whose time zone is known.
-- A deleted schedule stays for the tickets that name it, but is nobody's default. A source's default schedule is the
-- one it marks (ties by id); a source with a single schedule has said enough without a mark.

with schedule_rows as (

    select * from {{ ref("int_schedules_current") }}
),

timezones as (

    select timezone from {{ known_timezones() }} as zones
),

schedules as (

    select
        schedule_rows.source_system,
        schedule_rows.schedule_id,
        max_by(
            schedule_rows.timezone,
            coalesce(schedule_rows.valid_from, cast('1900-01-01 00:00:00+00' as timestamptz))
        ) as timezone,
        bool_or(coalesce(schedule_rows.is_default, false)) as is_marked_default,
        bool_and(coalesce(schedule_rows.is_deleted, false)) as is_deleted
    from schedule_rows
    inner join timezones on schedule_rows.timezone = timezones.timezone
    group by schedule_rows.source_system, schedule_rows.schedule_id
),

ranked as (

    select
        *,
        row_number() over (
            partition by source_system
            order by is_deleted asc, is_marked_default desc, schedule_id asc
        ) as default_rank,
        count(*) filter (where not is_deleted) over (partition by source_system) as living_count
    from schedules
),

int_schedules as (

    select
        {{ surrogate_key(["source_system", "schedule_id"]) }} as schedule_key,
        source_system,
        schedule_id,

        timezone,

        default_rank = 1 and not is_deleted and (is_marked_default or living_count = 1) as is_default,
        is_deleted
    from ranked
)

select * from int_schedules
