-- Grain: one row per delivered version of an order.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__orders") }} as new_rows
)

select
    _source_system as source_system,
    order_id,
    contact_id,
    account_id,
    email,
    phone,
    ordered_at,
    status,
    channel,
    platform,
    location_id,
    device,
    touchpoint,
    currency,
    gross_amount,
    discount_amount,
    tax_amount,
    shipping_amount,
    net_amount,
    cost_amount,
    campaign_id,

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
