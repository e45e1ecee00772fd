-- Grain: one row per delivered version of a movement of money at a shop of Shopify.

with raw_rows as (

    select * from {{ new_loads("raw", "shopify__tender_transactions") }} as new_rows
)

select
    _source_system as source_system,
    id as transaction_id,
    order_id,

    upper(currency) as currency,
    payment_method,

    amount,

    processed_at,

    updated_at,
    coalesce(is_deleted, test, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
