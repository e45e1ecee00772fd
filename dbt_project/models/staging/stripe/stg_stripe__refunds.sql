-- Grain: one row per delivered version of a refund of an order of Stripe.
-- Orders are without tax, and so is what is given back of them, by the share of tax in the invoice. Money given back on
-- a subscription, or on a charge that was never delivered, is no refund of an order. An authorisation that was let go
-- gave nothing back. Files of refunds do not exist: an export file of charges tells the sum of those of a charge, which
-- counts where no refund of it was delivered.

{{ config(materialized="view") }}

with refunds as (

    select *
    from {{ ref("base_stripe__refunds") }}
    where not _is_tombstone
),

payments as (

    select *
    from {{ ref("base_stripe__payments") }}
    where order_id is not null
),

all_refunds as (

    select
        refunds.*,
        payments.order_id,
        payments.share_without_tax,
        refunds.is_deleted
        or coalesce(refunds.stripe_status in ('failed', 'canceled'), false)
        or coalesce(refunds.reason = 'expired_uncaptured_charge', false) as is_void
    from refunds
    inner join payments
        on
            refunds.source_system = payments.source_system
            and refunds.charge_id = payments.charge_id

    union all by name

    select
        payments.* exclude (refunded_amount, created_at),
        payments.charge_id || '-refunds' as refund_id,
        payments.refunded_amount as amount,
        coalesce(payments.refunded_at, payments.created_at) as created_at,
        false as is_void
    from (select * exclude (amount) from payments) as payments
    where
        payments.is_from_export
        and payments.refunded_amount > 0
        and not exists (
            select 1
            from refunds
            where
                payments.source_system = refunds.source_system
                and payments.charge_id = refunds.charge_id
        )
)

select
    source_system,
    refund_id,
    order_id,
    created_at as refunded_at,
    {{ money("amount * share_without_tax") }} as amount,
    currency,
    reason,

    created_at as updated_at,
    is_void as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from all_refunds
