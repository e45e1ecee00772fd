-- Grain: one row per delivered version of a product of Stripe, with the price that is shown first as it is now.

{{ config(materialized="view") }}

with products as (

    select * from {{ ref("base_stripe__products") }}
),

prices as (

    select *
    from {{ latest_delivered(ref("base_stripe__prices"), "price_id") }} as delivered
)

select
    products.source_system,
    products.product_id,
    products.name,
    prices.unit_amount as list_price,
    prices.currency,

    products.updated_at,
    products.is_deleted,

    products._load_id,
    products._load_sequence,
    products._loaded_at,
    products._file,
    products._row_number,
    products._extra,
    products._is_tombstone
from products
left join prices
    on
        products.source_system = prices.source_system
        and products.default_price_id = prices.price_id
