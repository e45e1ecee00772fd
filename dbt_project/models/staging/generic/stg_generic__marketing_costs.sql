-- Grain: one row per delivered version of a cost of marketing.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__marketing_costs") }} as new_rows
)

select
    _source_system as source_system,
    cost_id,
    campaign_id,
    segment,
    purpose,
    period_start,
    period_end,
    amount,
    currency,

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
