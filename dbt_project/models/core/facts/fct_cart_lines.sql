-- Grain: one row per line of a cart that exists at as_of.
-- Day, customer and currency are those of the cart. A line of a cart that was never delivered is here without them;
-- one of a cart that is deleted or lies after as_of is not.

with cart_lines as (

    select
        *,
        {{ money("quantity * unit_price") }} as line_value
    from {{ ref("int_cart_lines_current") }}
    where not coalesce(is_deleted, false)
),

carts as (

    select * from {{ ref("fct_carts") }}
),

delivered_carts as (

    select
        source_system,
        cart_id
    from {{ ref("int_carts_current") }}
),

products as (

    select * from {{ ref("dim_products") }}
),

fct_cart_lines as (

    select
        {{ surrogate_key(["cart_lines.source_system", "cart_lines.cart_id", "cart_lines.line_number"]) }}
        as cart_line_key,
        cart_lines.source_system,
        carts.cart_key,
        cart_lines.cart_id,
        cart_lines.line_number,
        coalesce(carts.customer_key, -1) as customer_key,
        coalesce(carts.customer_id, '-1') as customer_id,
        coalesce(products.product_key, -1) as product_key,
        cart_lines.product_id,

        carts.status as cart_status,
        carts.currency,

        cart_lines.quantity,
        cart_lines.unit_price,
        cart_lines.line_value,
        carts.exchange_rate,
        {{ in_reporting_currency("cart_lines.line_value", "carts.currency", "carts.exchange_rate") }} as amount,

        coalesce(carts.is_test, false) as is_test,

        carts.created_date,
        carts.created_at
    from cart_lines
    left join carts
        on
            cart_lines.source_system = carts.source_system
            and cart_lines.cart_id = carts.cart_id
    left join delivered_carts
        on
            cart_lines.source_system = delivered_carts.source_system
            and cart_lines.cart_id = delivered_carts.cart_id
    left join products
        on
            cart_lines.source_system = products.source_system
            and cart_lines.product_id = products.product_id
    where
        carts.cart_key is not null
        or delivered_carts.cart_id is null
)

select * from fct_cart_lines
