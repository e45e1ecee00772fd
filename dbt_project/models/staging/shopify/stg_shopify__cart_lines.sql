-- Grain: one row per line of a delivered version of a checkout of Shopify, and one per line that a version has no more.

{{ config(materialized="view") }}

with checkouts as (

    select *
    from {{ ref("base_shopify__checkouts") }}
    where not _is_tombstone
),

lines as (

    select
        *,
        {{ each_json_element("line_items") }} as line,
        {{ each_json_place("line_items") }} as line_number
    from checkouts
),

listed as (

    select
        source_system,
        checkout_id,
        line_number,
        {{ shopify_product_id("line") }} as product_id,
        cast({{ json_text("line", "quantity") }} as double) as quantity,
        {{ money(
            "cast(" ~ json_text("line", "price") ~ " as decimal(18, 4)) - case when taxes_included then coalesce("
            ~ safe_divide(json_money_sum(json_part("line", "tax_lines"), "price"), json_text("line", "quantity"))
            ~ ", 0) else 0 end"
        ) }} as unit_price,
        updated_at,
        is_deleted,
        _load_id,
        _load_sequence,
        _loaded_at,
        _file,
        _row_number,
        _extra
    from lines
),

last_listed as (

    select *
    from listed
    qualify row_number() over (
        partition by source_system, checkout_id, line_number
        order by _load_sequence desc, _row_number desc
    ) = 1
),

removed as (

    select
        last_listed.* replace (
            checkouts.updated_at as updated_at,
            true as is_deleted,
            checkouts._load_id as _load_id,
            checkouts._load_sequence as _load_sequence,
            checkouts._loaded_at as _loaded_at,
            checkouts._file as _file,
            checkouts._row_number as _row_number,
            checkouts._extra as _extra
        )
    from last_listed
    inner join checkouts
        on
            last_listed.source_system = checkouts.source_system
            and last_listed.checkout_id = checkouts.checkout_id
            and (
                last_listed._load_sequence < checkouts._load_sequence
                or (
                    last_listed._load_sequence = checkouts._load_sequence
                    and last_listed._row_number < checkouts._row_number
                )
            )
),

versions as (

    select * from listed
    union all by name
    select * from removed
)

select
    source_system,
    checkout_id as cart_id,
    line_number,
    product_id,
    quantity,
    unit_price,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10000 + line_number as _row_number,
    _extra,
    false as _is_tombstone
from versions
