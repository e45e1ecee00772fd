-- Grain: one row per delivered version of a payment at a shop of Shopify, and one per version of its order that says
-- that all was given back.
-- Only money that went is told, so that no attempt failed; what went back is no payment of its own.

{{ config(materialized="view") }}

with payments as (

    select *
    from {{ ref("base_shopify__tender_transactions") }}
    where amount > 0
),

refunded as (

    select
        payments.* replace (
            orders.updated_at as updated_at,
            orders._load_id as _load_id,
            orders._load_sequence as _load_sequence,
            orders._loaded_at as _loaded_at,
            orders._file as _file,
            orders._row_number * 10000 + row_number() over (
                partition by orders.source_system, orders._load_sequence, orders._row_number
                order by payments.transaction_id
            ) as _row_number,
            orders._extra as _extra
        ),
        'refunded' as status
    from {{ latest_delivered("payments", "transaction_id") }} as payments
    inner join {{ ref("base_shopify__orders") }} as orders
        on
            payments.source_system = orders.source_system
            and payments.order_id = orders.order_id
            and orders.financial_status = 'refunded'
),

versions as (

    select
        *,
        'paid' as status
    from payments
    union all by name
    select * from refunded
)

select
    source_system,
    transaction_id as payment_id,
    order_id,
    processed_at as attempted_at,
    amount,
    currency,
    status,
    payment_method as method,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from versions
