-- Grain: one row per delivered version of a queue of Sprout's cases.

with raw_rows as (

    select * from {{ new_loads("raw", "sprout__queues") }} as new_rows
)

select
    _source_system as source_system,
    id as queue_id,
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
