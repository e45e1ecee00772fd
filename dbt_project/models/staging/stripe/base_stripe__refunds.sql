-- Grain: one row per delivered version of a refund of Stripe, in whole units of its currency.

with raw_rows as (

    select * from {{ new_loads("raw", "stripe__refunds") }} as new_rows
)

select
    _source_system as source_system,
    id as refund_id,
    charge as charge_id,

    reason,
    lower(status) as stripe_status,
    upper(currency) as currency,

    {{ stripe_money("amount") }} as amount,

    created as created_at,

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
