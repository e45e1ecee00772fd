-- Grain: one row per opening window of a version of a schedule of Zendesk, on one weekday.
-- Hours hold from the instant at which they were changed to the next change; those of the version that was seen first
-- hold since ever, because what was before it is not known. A schedule that is gone from the list is deleted with all
-- its windows. Intervals count minutes from the beginning of Sunday; older ones may reach over midnight.

{{ config(materialized="view") }}

with schedules as (

    select
        *,
        max_by(_is_tombstone or is_deleted, _load_sequence) over (
            partition by source_system, schedule_id
        ) as is_gone
    from {{ ref("base_zendesk__schedules") }}
),

versions as (

    select *
    from schedules
    where not _is_tombstone
    qualify row_number() over (
        partition by source_system, schedule_id, updated_at order by _load_sequence desc, _row_number desc
    ) = 1
),

periods as (

    select
        *,
        case
            when row_number() over (
                partition by source_system, schedule_id order by updated_at asc nulls first
            ) > 1 then updated_at
        end as valid_from,
        lead(updated_at) over (
            partition by source_system, schedule_id order by updated_at asc nulls first
        ) as valid_to
    from versions
),

intervals as (

    select
        *,
        {{ each_json_element("intervals") }} as open_interval
    from periods
),

windows as (

    select
        intervals.*,
        days.number as day_number,
        greatest(
            cast({{ json_text("intervals.open_interval", "start_time") }} as integer) - days.number * 1440, 0
        ) as opens_minute,
        least(
            cast({{ json_text("intervals.open_interval", "end_time") }} as integer) - days.number * 1440, 1440
        ) as closes_minute
    from intervals
    cross join {{ number_series(0, 6) }} as days
),

time_zones as (

    select * from {{ ref("zendesk_time_zones") }}
)

select
    windows.source_system,
    windows.schedule_id,
    coalesce(time_zones.timezone, windows.time_zone) as timezone,
    case when windows.day_number = 0 then 7 else windows.day_number end as weekday,
    {{ clock_time("windows.opens_minute") }} as opens_at,
    {{ clock_time("windows.closes_minute") }} as closes_at,
    windows.valid_from,
    windows.valid_to,
    {{ zendesk_is_default_schedule("windows.schedule_id") }} as is_default,

    windows.updated_at,
    windows.is_gone as is_deleted,

    windows._load_id,
    windows._load_sequence,
    windows._loaded_at,
    windows._file,
    windows._row_number,
    windows._extra,
    windows._is_tombstone
from windows
left join time_zones on windows.time_zone = time_zones.name
where windows.opens_minute < windows.closes_minute
qualify row_number() over (
    partition by windows.source_system, windows.schedule_id, windows.valid_from, weekday, windows.opens_minute
    order by windows.closes_minute desc
) = 1
