-- Grain: one row per delivered version of a refund.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__refunds") }} as new_rows
)

select
    _source_system as source_system,
    refund_id,
    order_id,
    refunded_at,
    amount,
    currency,
    reason,
    is_goodwill,
    granted_by_agent_id,

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
