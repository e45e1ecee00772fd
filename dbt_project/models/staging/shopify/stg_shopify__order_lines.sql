-- Grain: one row per line of goods of a delivered version of an order of Shopify.
-- A line that was removed from its order stays with what was bought; what was given back is a refund. In an export the
-- discount on the order is shared out by the values of its lines.

{{ config(materialized="view") }}

with orders as (

    select * from {{ ref("base_shopify__orders") }}
),

lines as (

    select * from {{ ref("base_shopify__order_lines") }}
),

delivered as (

    select
        lines.source_system,
        lines.order_id,
        lines.line_number,
        lines.product_id,
        lines.quantity,
        lines.unit_price,
        lines.discount_amount,
        orders.updated_at,
        orders.is_deleted,
        orders._load_id,
        orders._load_sequence,
        orders._loaded_at,
        orders._file,
        orders._row_number * 10000 + lines.line_number as _row_number,
        orders._extra
    from lines
    inner join orders
        on
            lines.source_system = orders.source_system
            and lines._load_sequence = orders._load_sequence
            and lines._row_number = orders._row_number
),

exported_rows as (

    select
        *,
        max(case when subtotal is not null then _row_number end) over (
            partition by source_system, _load_sequence, order_name
            order by _row_number
        ) as first_row
    from {{ ref("base_shopify__orders_export") }}
    where not _is_tombstone
),

exported_lines as (

    select
        exported_rows.source_system,
        exported_orders.order_id,
        row_number() over (
            partition by exported_rows.source_system, exported_rows._load_sequence, exported_rows.first_row
            order by exported_rows._row_number
        ) as line_number,
        coalesce(exported_rows.lineitem_sku, exported_rows.lineitem_name) as product_id,
        exported_rows.lineitem_quantity as quantity,
        exported_rows.lineitem_price,
        coalesce(exported_rows.lineitem_discount, 0) as line_discount,
        exported_rows.lineitem_quantity * exported_rows.lineitem_price - coalesce(exported_rows.lineitem_discount, 0)
            as line_value,
        exported_orders.subtotal,
        exported_orders.untaxed_share,
        exported_rows.updated_at,
        exported_rows.is_deleted,
        exported_rows._load_id,
        exported_rows._load_sequence,
        exported_rows._loaded_at,
        exported_rows._file,
        exported_rows.first_row,
        exported_rows._row_number,
        exported_rows._extra
    from exported_rows
    inner join {{ ref("base_shopify__exported_orders") }} as exported_orders
        on
            exported_rows.source_system = exported_orders.source_system
            and exported_rows._load_sequence = exported_orders._load_sequence
            and exported_rows.first_row = exported_orders._row_number
    where exported_rows.lineitem_quantity is not null
),

order_values as (

    select
        *,
        sum(line_value) over (partition by source_system, _load_sequence, first_row) as order_value
    from exported_lines
),

exported as (

    select
        source_system,
        order_id,
        line_number,
        product_id,
        quantity,
        {{ money("lineitem_price * untaxed_share") }} as unit_price,
        {{ money(
            "(line_discount + coalesce((order_value - subtotal) * "
            ~ safe_divide("line_value", "order_value")
            ~ ", 0)) * untaxed_share"
        ) }} as discount_amount,
        updated_at,
        is_deleted,
        _load_id,
        _load_sequence,
        _loaded_at,
        _file,
        _row_number,
        _extra
    from order_values
),

versions as (

    select * from delivered
    union all by name
    select * from exported
)

select
    source_system,
    order_id,
    line_number,
    product_id,
    quantity,
    unit_price,
    discount_amount,

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
