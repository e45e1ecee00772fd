-- Grain: one row per refund in a delivered version of an order of Shopify, and one per exported order with a refund.
-- The amount is that of the goods, without tax and shipping, as the revenue is that it takes back: what the lines say,
-- and what was given back beyond or short of that (a negative adjustment is more). Shipping that was given back takes
-- nothing from the goods. An export has one amount and no day: it counts with its order, and only where the API has not
-- delivered that.

{{ config(materialized="view") }}

with orders as (

    select *
    from {{ ref("base_shopify__orders") }}
    where not _is_tombstone
),

refunds as (

    select
        *,
        {{ each_json_element("refunds") }} as refund,
        {{ each_json_place("refunds") }} as place
    from orders
),

refunded_lines as (

    select
        source_system,
        _load_sequence,
        _row_number,
        place,
        taxes_included,
        {{ each_json_element(json_part("refund", "refund_line_items")) }} as refunded_line
    from refunds
),

goods as (

    select
        source_system,
        _load_sequence,
        _row_number,
        place,
        sum(
            cast({{ json_text("refunded_line", "subtotal") }} as decimal(18, 4))
            - case
                when taxes_included
                    then coalesce(cast({{ json_text("refunded_line", "total_tax") }} as decimal(18, 4)), 0)
                else 0
            end
        ) as amount
    from refunded_lines
    where {{ shopify_is_goods(json_part("refunded_line", "line_item")) }}
    group by source_system, _load_sequence, _row_number, place
),

adjustments as (

    select
        source_system,
        _load_sequence,
        _row_number,
        place,
        {{ each_json_element(json_part("refund", "order_adjustments")) }} as adjustment
    from refunds
),

discrepancies as (

    select
        source_system,
        _load_sequence,
        _row_number,
        place,
        sum(cast({{ json_text("adjustment", "amount") }} as decimal(18, 4))) as amount
    from adjustments
    where {{ json_text("adjustment", "kind") }} is distinct from 'shipping_refund'
    group by source_system, _load_sequence, _row_number, place
),

delivered as (

    select
        refunds.source_system,
        {{ json_text("refunds.refund", "id") }} as refund_id,
        refunds.order_id,
        cast(
            coalesce(
                {{ json_text("refunds.refund", "processed_at") }},
                {{ json_text("refunds.refund", "created_at") }}
            ) as timestamptz
        ) as refunded_at,
        greatest(coalesce(goods.amount, 0) - coalesce(discrepancies.amount, 0), 0) as amount,
        refunds.currency,
        nullif({{ json_text("refunds.refund", "note") }}, '') as reason,
        {{ json_text("refunds.refund", "user_id") }} as granted_by_agent_id,
        refunds.updated_at,
        refunds.is_deleted,
        refunds._load_id,
        refunds._load_sequence,
        refunds._loaded_at,
        refunds._file,
        refunds._row_number * 10000 + refunds.place as _row_number,
        refunds._extra
    from refunds
    left join goods
        on
            refunds.source_system = goods.source_system
            and refunds._load_sequence = goods._load_sequence
            and refunds._row_number = goods._row_number
            and refunds.place = goods.place
    left join discrepancies
        on
            refunds.source_system = discrepancies.source_system
            and refunds._load_sequence = discrepancies._load_sequence
            and refunds._row_number = discrepancies._row_number
            and refunds.place = discrepancies.place
),

pulled_orders as (

    select distinct
        source_system,
        order_id
    from orders
),

exported as (

    select
        exported_orders.source_system,
        exported_orders.order_id || '-refunded' as refund_id,
        exported_orders.order_id,
        exported_orders.ordered_at as refunded_at,
        exported_orders.refunded_amount as amount,
        exported_orders.currency,
        exported_orders.updated_at,
        exported_orders.is_deleted,
        exported_orders._load_id,
        exported_orders._load_sequence,
        exported_orders._loaded_at,
        exported_orders._file,
        exported_orders._row_number,
        exported_orders._extra
    from {{ ref("base_shopify__exported_orders") }} as exported_orders
    left join pulled_orders
        on
            exported_orders.source_system = pulled_orders.source_system
            and exported_orders.order_id = pulled_orders.order_id
    where
        exported_orders.refunded_amount > 0
        and pulled_orders.order_id is null
),

versions as (

    select * from delivered
    union all by name
    select * from exported
)

select
    source_system,
    refund_id,
    order_id,
    refunded_at,
    {{ money("amount") }} as amount,
    currency,
    reason,
    granted_by_agent_id,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    false as _is_tombstone
from versions
