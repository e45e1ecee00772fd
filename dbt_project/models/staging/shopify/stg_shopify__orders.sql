-- Grain: one row per delivered version of an order of Shopify, and one per deletion.
-- Amounts are in the currency of the shop, whatever the customer paid in. The goods are those of the lines: gift cards
-- and tips are none. An export knows no customer, only addresses.

{{ config(materialized="view") }}

with orders as (

    select * from {{ ref("base_shopify__orders") }}
),

goods as (

    select
        source_system,
        _load_sequence,
        _row_number,
        sum(net_amount) as net_amount,
        sum(discount_amount) as discount_amount
    from {{ ref("base_shopify__order_lines") }}
    group by source_system, _load_sequence, _row_number
),

exported_orders as (

    select * from {{ ref("base_shopify__exported_orders") }}
),

delivered as (

    select
        orders.source_system,
        orders.order_id,
        orders.customer_id,
        orders.email,
        orders.phone,
        orders.ordered_at,
        orders.financial_status,
        orders.cancelled_at,
        orders.source_name,
        orders.location_id,
        orders.user_agent,
        orders.landing_site,
        orders.currency,
        coalesce(goods.net_amount, 0) + coalesce(goods.discount_amount, 0) as gross_amount,
        coalesce(goods.discount_amount, 0) as discount_amount,
        orders.total_tax as tax_amount,
        orders.shipping_amount,
        coalesce(goods.net_amount, 0) as net_amount,
        orders.updated_at,
        orders.is_deleted,
        orders._load_id,
        orders._load_sequence,
        orders._loaded_at,
        orders._file,
        orders._row_number,
        orders._extra,
        orders._is_tombstone
    from orders
    left join goods
        on
            orders.source_system = goods.source_system
            and orders._load_sequence = goods._load_sequence
            and orders._row_number = goods._row_number
),

last_delivered as (

    select * from {{ latest_delivered("delivered", "order_id") }} as versions
),

destroyed as (

    select
        last_delivered.* replace (
            events.created_at as updated_at,
            true as is_deleted,
            events._load_id as _load_id,
            events._load_sequence as _load_sequence,
            events._loaded_at as _loaded_at,
            events._file as _file,
            events._row_number as _row_number,
            events._extra as _extra
        )
    from last_delivered
    inner join {{ ref("base_shopify__events") }} as events
        on
            last_delivered.source_system = events.source_system
            and last_delivered.order_id = events.subject_id
    where
        events.subject_type = 'Order'
        and events.verb = 'destroy'
),

versions as (

    select * from delivered
    union all by name
    select * from destroyed
    union all by name
    select * exclude (order_name, subtotal, untaxed_share, refunded_amount) from exported_orders
)

select
    source_system,
    order_id,
    customer_id as contact_id,
    email,
    phone,
    ordered_at,
    {{ shopify_status("financial_status", "cancelled_at") }} as status,
    {{ shopify_channel("source_name") }} as channel,
    {{ shopify_platform("source_name") }} as platform,
    location_id,
    {{ shopify_device("user_agent") }} as device,
    currency,
    {{ money("gross_amount") }} as gross_amount,
    {{ money("discount_amount") }} as discount_amount,
    {{ money("tax_amount") }} as tax_amount,
    {{ money("shipping_amount") }} as shipping_amount,
    {{ money("net_amount") }} as net_amount,
    nullif(regexp_extract(landing_site, '[?&]utm_campaign=([^&#]+)', 1), '') as campaign_id,

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
