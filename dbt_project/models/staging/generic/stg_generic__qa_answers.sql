-- Grain: one row per delivered version of an answer of a quality review.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__qa_answers") }} as new_rows
)

select
    _source_system as source_system,
    review_id,
    item_id,
    score,
    root_cause,
    comment,

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
