-- Grain: one row per delivered version of a payment.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__payments") }} as new_rows
)

select
    _source_system as source_system,
    payment_id,
    order_id,
    subscription_id,
    attempted_at,
    amount,
    currency,
    status,
    method,
    failure_reason,

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
