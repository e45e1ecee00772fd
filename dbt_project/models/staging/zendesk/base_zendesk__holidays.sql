-- Grain: one row per delivered version of a holiday of Zendesk, which may last several days.

with raw_rows as (

    select * from {{ new_loads("raw", "zendesk__holidays") }} as new_rows
)

select
    _source_system as source_system,
    id as holiday_id,
    schedule_id,

    name,

    start_date,
    end_date,

    updated_at,
    coalesce(is_deleted, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
