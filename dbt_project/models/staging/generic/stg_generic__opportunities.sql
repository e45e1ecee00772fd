-- Grain: one row per delivered version of an opportunity.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__opportunities") }} as new_rows
)

select
    _source_system as source_system,
    opportunity_id,
    account_id,
    contact_id,
    name,
    stage,
    amount,
    currency,
    probability,
    owner_id,
    created_at,
    expected_close_on,
    closed_at,
    is_closed,
    is_won,
    lost_reason,
    competitor,

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
