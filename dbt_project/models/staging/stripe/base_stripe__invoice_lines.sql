-- Grain: one row per delivered version of a line that did not come with its invoice of Stripe.

with raw_rows as (

    select * from {{ new_loads("raw", "stripe__invoice_lines") }} as new_rows
)

select
    _source_system as source_system,
    id as line_id,
    invoice as invoice_id,
    subscription as subscription_id,
    subscription_item as item_id,

    price,
    discount_amounts,
    upper(currency) as currency,

    amount as minor_amount,
    quantity,

    coalesce(proration, false) as is_proration,

    {{ stripe_instant("period", "start") }} as period_start,
    {{ stripe_instant("period", "end") }} as period_end,

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
