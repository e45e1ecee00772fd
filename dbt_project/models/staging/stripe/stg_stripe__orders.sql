-- Grain: one row per state of an order of Stripe: a charge without an invoice, or an invoice without a subscription.
-- What a subscription is paid with is no order. An invoice is pending from when it is finalised and completed when it
-- is paid; drafts, and invoices over nothing, are no orders. A charge tells no tax.

{{ config(materialized="view") }}

with charges as (

    select *
    from {{ ref("base_stripe__payments") }}
    where order_id = charge_id
),

invoices as (

    select *
    from {{ latest_delivered(ref("base_stripe__invoices"), "invoice_id") }} as delivered
    where
        subscription_id is null
        and stripe_status in ('open', 'paid', 'void', 'uncollectible')
        and total_amount > 0
),

companies as (

    select * from {{ ref("base_stripe__companies") }}
),

orders as (

    select
        * exclude (email, phone),
        email,
        phone,
        created_at as ordered_at,
        case
            when stripe_status = 'pending' or (not is_captured and not is_refunded) then 'pending'
            when not is_captured then 'cancelled'
            else 'completed'
        end as status,
        case when is_captured then captured_amount else amount end as net_amount,
        created_at as known_at,
        1 as place
    from charges

    union all by name

    select
        * exclude (gross_amount, discount_amount, tax_amount),
        invoice_id as order_id,
        gross_amount,
        discount_amount,
        tax_amount,
        coalesce(finalized_at, created_at) as ordered_at,
        'pending' as status,
        coalesce(finalized_at, created_at) as known_at,
        2 as place
    from invoices

    union all by name

    select
        * exclude (gross_amount, discount_amount, tax_amount),
        invoice_id as order_id,
        gross_amount,
        discount_amount,
        tax_amount,
        coalesce(finalized_at, created_at) as ordered_at,
        case when stripe_status = 'paid' then 'completed' else 'cancelled' end as status,
        coalesce(closed_at, finalized_at, created_at) as known_at,
        3 as place
    from invoices
    where stripe_status <> 'open'
)

select
    orders.source_system,
    orders.order_id,
    orders.customer_id as contact_id,
    companies.customer_id as account_id,
    orders.email,
    orders.phone,
    orders.ordered_at,
    orders.status,
    orders.currency,
    orders.gross_amount,
    orders.discount_amount,
    orders.tax_amount,
    orders.net_amount,

    orders.known_at as updated_at,
    orders.is_deleted,

    orders._load_id,
    orders._load_sequence,
    orders._loaded_at,
    orders._file,
    orders._row_number * 10 + orders.place as _row_number,
    orders._extra,
    orders._is_tombstone
from orders
left join companies
    on
        orders.source_system = companies.source_system
        and orders.customer_id = companies.customer_id
