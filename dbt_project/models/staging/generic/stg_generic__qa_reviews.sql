-- Grain: one row per delivered version of a quality review.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__qa_reviews") }} as new_rows
)

select
    _source_system as source_system,
    review_id,
    form_id,
    agent_id,
    reviewer_id,
    ticket_id,
    interaction_id,
    reviewed_at,
    sampling_method,
    is_calibration,
    calibration_id,

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
