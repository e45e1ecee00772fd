-- Grain: one row per delivered version of an invoice of Stripe, in whole units of its currency.

with raw_rows as (

    select * from {{ new_loads("raw", "stripe__invoices") }} as new_rows
)

select
    _source_system as source_system,
    id as invoice_id,
    customer as customer_id,
    subscription as subscription_id,

    customer_email as email,
    lower(status) as stripe_status,
    upper(currency) as currency,
    {{ json_part("lines", "data") }} as lines,
    discounts,

    {{ stripe_money("subtotal") }} as gross_amount,
    coalesce(
        total_discount_amount,
        {{ money(stripe_whole_units(json_sum("total_discount_amounts", "amount"), "currency")) }}
    ) as discount_amount,
    {{ stripe_money("tax") }} as tax_amount,
    {{ stripe_money("total") }} as total_amount,
    {{ stripe_money("coalesce(total_excluding_tax, total - coalesce(tax, 0))") }} as net_amount,

    created as created_at,
    coalesce(finalized_at, {{ stripe_instant("status_transitions", "finalized_at") }}) as finalized_at,
    coalesce(
        paid_at, {{ stripe_instant("status_transitions", "paid_at") }},
        voided_at, {{ stripe_instant("status_transitions", "voided_at") }},
        marked_uncollectible_at, {{ stripe_instant("status_transitions", "marked_uncollectible_at") }}
    ) as closed_at,

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
