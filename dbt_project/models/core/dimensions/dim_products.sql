-- Grain: one row per product of a source system (product_key), and the unknown product -1.

with products as (

    select * from {{ ref("int_products_current") }}
),

dim_products as (

    select
        {{ surrogate_key(["source_system", "product_id"]) }} as product_key,
        product_id,
        source_system,

        name,
        family,
        {{ currency_code("currency") }} as currency,

        {{ money("list_price") }} as list_price,
        {{ money("unit_cost") }} as unit_cost,

        coalesce(is_deleted, false) as is_deleted,

        launched_on
    from products
    union all
    select
        -1 as product_key,
        '-1' as product_id,
        '-1' as source_system,

        'unknown' as name,
        null as family,
        null as currency,

        null as list_price,
        null as unit_cost,

        false as is_deleted,

        null as launched_on
)

select * from dim_products
