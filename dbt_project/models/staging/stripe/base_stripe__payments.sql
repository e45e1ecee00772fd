-- Grain: one row per charge of Stripe as it was delivered last, with the order or the subscription that it pays.
-- A charge that pays an invoice pays its subscription, or is part of the order that a one-off invoice is; which of them
-- is unknown if the invoice was never delivered. A charge without an invoice is an order of its own, unless it failed.
-- Charges of test mode and of sandboxes stay where they have a customer, who then is a test; those of guests are left
-- out.

{{ config(materialized="view") }}

with charges as (

    select *
    from {{ latest_delivered(ref("base_stripe__charges"), "charge_id") }} as delivered
    where
        is_live
        or customer_id is not null
),

invoices as (

    select *
    from {{ latest_delivered(ref("base_stripe__invoices"), "invoice_id") }} as delivered
)

select
    charges.source_system,
    charges.charge_id,
    charges.customer_id,
    charges.invoice_id,
    case
        when charges.invoice_id is not null and invoices.subscription_id is null then invoices.invoice_id
        when charges.invoice_id is null and charges.stripe_status in ('succeeded', 'pending') then charges.charge_id
    end as order_id,
    invoices.subscription_id,

    charges.stripe_status,
    charges.email,
    charges.phone,
    charges.method,
    charges.failure_reason,
    charges.currency,

    charges.amount,
    charges.captured_amount,
    charges.refunded_amount,
    coalesce({{ safe_divide("invoices.net_amount", "invoices.total_amount") }}, 1) as share_without_tax,

    charges.is_from_export,
    charges.is_captured,
    charges.is_refunded,
    charges.is_disputed,

    charges.refunded_at,
    charges.created_at,

    charges.updated_at,
    charges.is_deleted,

    charges._load_id,
    charges._load_sequence,
    charges._loaded_at,
    charges._file,
    charges._row_number,
    charges._extra,
    charges._is_tombstone
from charges
left join invoices
    on
        charges.source_system = invoices.source_system
        and charges.invoice_id = invoices.invoice_id
