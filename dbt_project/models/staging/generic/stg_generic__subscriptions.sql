-- Grain: one row per delivered version of a price period of a subscription.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__subscriptions") }} as new_rows
)

select
    _source_system as source_system,
    subscription_id,
    period_start,
    period_end,
    account_id,
    contact_id,
    product_id,
    plan,
    quantity,
    unit_amount,
    billing_interval,
    currency,
    status,
    cancel_reason,
    competitor,
    is_voluntary,
    renews_on,

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
