-- Grain: one row per delivered version of a charge of Stripe, in whole units of its currency.
-- The states of an export file are words: Paid, Refunded and the like had succeeded.

with raw_rows as (

    select * from {{ new_loads("raw", "stripe__charges") }} as new_rows
)

select
    _source_system as source_system,
    id as charge_id,
    customer as customer_id,
    invoice as invoice_id,

    case
        when lower(status) in ('succeeded', 'paid', 'refunded', 'partial refund', 'partially refunded', 'disputed')
            then 'succeeded'
        when lower(status) in ('failed', 'blocked', 'declined') then 'failed'
        else lower(status)
    end as stripe_status,
    coalesce({{ json_text("billing_details", "email") }}, receipt_email, customer_email) as email,
    {{ json_text("billing_details", "phone") }} as phone,
    coalesce({{ json_text("payment_method_details", "type") }}, payment_source_type) as method,
    failure_code as failure_reason,
    upper(currency) as currency,

    {{ stripe_money("amount") }} as amount,
    {{ stripe_money("coalesce(amount_captured, amount)") }} as captured_amount,
    {{ stripe_money("amount_refunded") }} as refunded_amount,

    object is null as is_from_export,
    coalesce(captured, true) as is_captured,
    coalesce(refunded, lower(status) = 'refunded', false) as is_refunded,
    coalesce(disputed, dispute_status is not null) as is_disputed,
    coalesce(livemode, lower(mode) <> 'test', true) as is_live,

    refunded_at,
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
