-- Grain: one row per cart of a source system that was filled before as_of, in its state at as_of.
-- A cart is abandoned when var cart_abandoned_after_minutes have passed without an order, for good: an order that
-- comes later recovers it. An order counts from its own instant if the cart does not say when it was placed; of an
-- order that was never delivered only the fact is known.

with carts as (

    select
        *,
        {{ local_date("created_at") }} as created_date,
        {{ currency_code("currency") }} as cart_currency,
        {{ reference_key("source_system", "contact_id", "email", "cast(null as varchar)") }} as reference_key,
        created_at + interval ({{ var("cart_abandoned_after_minutes") }}) minute as abandons_at
    from {{ ref("int_carts_current") }}
    where
        not coalesce(is_deleted, false)
        and created_at < {{ as_of_cut() }}
),

lines as (

    select
        source_system,
        cart_id,
        count(*) as line_count,
        -- A price that is missing makes the sum unknown, not smaller.
        case when count(unit_price) = count(*) then {{ money("sum(quantity * unit_price)") }} end as line_value
    from {{ ref("int_cart_lines_current") }}
    where not coalesce(is_deleted, false)
    group by source_system, cart_id
),

orders as (

    select * from {{ ref("fct_orders") }}
),

delivered_orders as (

    select
        source_system,
        order_id
    from {{ ref("int_orders_current") }}
),

references_of_facts as (

    select * from {{ ref("int_references_resolved") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

test_customers as (

    select customer_id
    from {{ ref("dim_customers") }}
    where
        is_test
        and is_current
),

exchange_rates as (

    select * from {{ ref("int_exchange_rates_daily") }}
),

known_carts as (

    select
        carts.*,
        orders.order_key,
        coalesce(references_of_facts.customer_id, '-1') as customer_id,
        coalesce(lines.line_count, 0) as line_count,
        {{ money("coalesce(carts.value, lines.line_value)") }} as cart_value,
        case
            when coalesce(carts.ordered_at, orders.ordered_at) < {{ as_of_cut() }}
                then coalesce(carts.ordered_at, orders.ordered_at)
        end as known_ordered_at,
        carts.ordered_at is null
        and carts.order_id is not null
        and delivered_orders.order_id is null
        and coalesce(carts.updated_at < {{ as_of_cut() }}, true) as is_ordered_sometime
    from carts
    left join lines
        on
            carts.source_system = lines.source_system
            and carts.cart_id = lines.cart_id
    left join orders
        on
            carts.source_system = orders.source_system
            and carts.order_id = orders.order_id
    left join delivered_orders
        on
            carts.source_system = delivered_orders.source_system
            and carts.order_id = delivered_orders.order_id
    left join references_of_facts on carts.reference_key = references_of_facts.reference_key
),

judged_carts as (

    select
        *,
        not is_ordered_sometime
        and abandons_at < {{ as_of_cut() }}
        and coalesce(known_ordered_at > abandons_at, true) as is_abandoned,
        is_ordered_sometime or known_ordered_at is not null as is_ordered
    from known_carts
),

fct_carts as (

    select
        {{ surrogate_key(["carts.source_system", "carts.cart_id"]) }} as cart_key,
        carts.source_system,
        carts.cart_id,
        carts.order_key,
        carts.order_id,
        coalesce(customers.customer_key, -1) as customer_key,
        carts.customer_id,

        case
            when carts.is_abandoned and carts.is_ordered then 'recovered'
            when carts.is_abandoned then 'abandoned'
            when carts.is_ordered then 'ordered'
            else 'open'
        end as status,
        carts.device,
        carts.touchpoint,
        customers.segment,
        customers.country,
        carts.cart_currency as currency,

        carts.cart_value,
        {{ rate_to_reporting("carts.cart_currency", "exchange_rates.rate") }} as exchange_rate,
        {{ in_reporting_currency("carts.cart_value", "carts.cart_currency", "exchange_rates.rate") }} as amount,
        carts.line_count,

        carts.is_ordered,
        carts.is_abandoned,
        carts.is_abandoned and carts.is_ordered as is_recovered,
        test_customers.customer_id is not null as is_test,

        carts.created_date,
        carts.created_at,
        case when carts.is_abandoned then carts.abandons_at end as abandoned_at,
        carts.known_ordered_at as ordered_at
    from judged_carts as carts
    left join customers
        on
            carts.customer_id = customers.customer_id
            and carts.created_at >= customers.valid_from
            and carts.created_at < customers.valid_to
    left join test_customers on carts.customer_id = test_customers.customer_id
    left join exchange_rates
        on
            carts.cart_currency = exchange_rates.from_currency
            and carts.created_date = exchange_rates.rate_date
)

select * from fct_carts
