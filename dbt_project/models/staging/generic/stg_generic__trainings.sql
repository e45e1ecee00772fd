-- Grain: one row per delivered version of a completed training.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__trainings") }} as new_rows
)

select
    _source_system as source_system,
    training_id,
    agent_id,
    form_id,
    item_id,
    name,
    completed_on,

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
