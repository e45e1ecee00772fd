-- Grain: one row per day on which a schedule of Zendesk is closed, as its holidays were last told.

{{ config(materialized="view") }}

with holidays as (

    select *
    from {{ ref("base_zendesk__holidays") }}
    qualify row_number() over (
        partition by source_system, holiday_id order by _load_sequence desc, _is_tombstone desc, _row_number desc
    ) = 1
),

days as (

    select
        *,
        {{ each_day("start_date", add_days("end_date", 1)) }} as holiday_date
    from holidays
    where
        not _is_tombstone
        and not is_deleted
)

select
    source_system,
    schedule_id,
    holiday_date,
    name,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from days
qualify row_number() over (partition by source_system, schedule_id, holiday_date order by holiday_id) = 1
