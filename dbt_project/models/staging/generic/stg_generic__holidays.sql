-- Grain: one row per delivered version of a holiday of a schedule.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__holidays") }} as new_rows
)

select
    _source_system as source_system,
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
from raw_rows
