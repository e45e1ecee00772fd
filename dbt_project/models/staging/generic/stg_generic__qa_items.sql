-- Grain: one row per delivered version of an item of a quality form.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__qa_items") }} as new_rows
)

select
    _source_system as source_system,
    form_id,
    item_id,
    area,
    name,
    weight,
    score_min,
    score_max,
    is_critical,
    team,
    valid_from,

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
