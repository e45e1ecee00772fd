-- Grain: one row per delivered version of a variant of a product of Shopify.
-- Variants come inside their product: one that a later version of the product no longer lists is deleted, and so are
-- all of a product that was. An export has no numbers: its variants go by their SKU, else their name, as the lines of
-- exported orders do.

{{ config(materialized="view") }}

with products as (

    select * from {{ ref("base_shopify__products") }}
),

shops as (

    select * from {{ latest_delivered(ref("base_shopify__shop"), "shop_id") }} as delivered
),

currencies as (

    select
        source_system,
        max(currency) as currency
    from shops
    group by source_system
),

destroyed_products as (

    select *
    from {{ ref("base_shopify__events") }}
    where
        subject_type = 'Product'
        and verb = 'destroy'
),

variants as (

    select
        *,
        {{ each_json_element("variants") }} as variant,
        {{ each_json_place("variants") }} as place
    from products
),

listed as (

    select
        source_system,
        product_id as shopify_product_id,
        {{ json_text("variant", "id") }} as product_id,
        case
            when {{ json_text("variant", "title") }} = 'Default Title' then title
            else concat_ws(' - ', title, {{ json_text("variant", "title") }})
        end as name,
        nullif(product_type, '') as family,
        {{ local_date("published_at") }} as launched_on,
        cast({{ json_text("variant", "price") }} as decimal(18, 4)) as list_price,
        updated_at,
        is_deleted,
        _load_id,
        _load_sequence,
        _loaded_at,
        _file,
        _row_number,
        place,
        _extra
    from variants
),

last_listed as (

    select *
    from listed
    qualify row_number() over (
        partition by source_system, product_id
        order by _load_sequence desc, _row_number desc
    ) = 1
),

unlisted as (

    select
        last_listed.* replace (
            products.updated_at as updated_at,
            true as is_deleted,
            products._load_id as _load_id,
            products._load_sequence as _load_sequence,
            products._loaded_at as _loaded_at,
            products._file as _file,
            coalesce(products._row_number, 0) as _row_number,
            5000 + row_number() over (
                partition by products.source_system, products._load_sequence, products._row_number
                order by last_listed.product_id
            ) as place,
            products._extra as _extra
        )
    from last_listed
    inner join products
        on
            last_listed.source_system = products.source_system
            and last_listed.shopify_product_id = products.product_id
            and (
                last_listed._load_sequence < products._load_sequence
                or (
                    last_listed._load_sequence = products._load_sequence
                    and last_listed._row_number < products._row_number
                )
            )
),

destroyed as (

    select
        last_listed.* replace (
            events.created_at as updated_at,
            true as is_deleted,
            events._load_id as _load_id,
            events._load_sequence as _load_sequence,
            events._loaded_at as _loaded_at,
            events._file as _file,
            events._row_number as _row_number,
            events._extra as _extra
        )
    from last_listed
    inner join destroyed_products as events
        on
            last_listed.source_system = events.source_system
            and last_listed.shopify_product_id = events.subject_id
),

exported_rows as (

    select
        *,
        max(title) over (partition by source_system, _load_sequence, handle) as product_title,
        max(product_type) over (partition by source_system, _load_sequence, handle) as family,
        concat_ws(' / ', nullif(option1_value, 'Default Title'), option2_value, option3_value) as options
    from {{ ref("base_shopify__products_export") }}
    where not _is_tombstone
),

named_rows as (

    select
        *,
        concat_ws(' - ', coalesce(product_title, handle), nullif(options, '')) as name
    from exported_rows
    where price is not null
),

exported as (

    select
        source_system,
        coalesce(sku, name) as product_id,
        name,
        family,
        price as list_price,
        cost_per_item as unit_cost,
        updated_at,
        is_deleted,
        _load_id,
        _load_sequence,
        _loaded_at,
        _file,
        _row_number,
        0 as place,
        _extra
    from named_rows
),

versions as (

    select * from listed
    union all by name
    select * from unlisted
    union all by name
    select * from destroyed
    union all by name
    select * from exported
)

select
    versions.source_system,
    versions.product_id,
    versions.name,
    versions.family,
    versions.launched_on,
    versions.list_price,
    versions.unit_cost,
    currencies.currency,

    versions.updated_at,
    versions.is_deleted,

    versions._load_id,
    versions._load_sequence,
    versions._loaded_at,
    versions._file,
    versions._row_number * 10000 + versions.place as _row_number,
    versions._extra,
    false as _is_tombstone
from versions
left join currencies on versions.source_system = currencies.source_system
