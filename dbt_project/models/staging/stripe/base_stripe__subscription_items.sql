-- Grain: one row per item of a subscription of Stripe as it was delivered last.
-- An export file has one item per subscription. A subscription that a complete list no longer has, and one whose first
-- payment never came, has none.

{{ config(materialized="view") }}

with delivered as (

    select
        *,
        max(case when _is_tombstone then _load_sequence end) over (partition by source_system, subscription_id)
        as gone_at_load
    from {{ ref("base_stripe__subscriptions") }}
),

subscriptions as (

    select *
    from delivered
    where not _is_tombstone
    qualify
        row_number() over (
            partition by source_system, subscription_id order by _load_sequence desc, _row_number desc
        ) = 1
),

living_subscriptions as (

    select *
    from subscriptions
    where
        coalesce(gone_at_load < _load_sequence, true)
        and stripe_status not in ('incomplete', 'incomplete_expired')
),

items_as_json as (

    select
        * exclude (items, product_id, plan, stripe_interval, unit_amount, quantity, interval_count),
        {{ each_json_element("items") }} as item
    from living_subscriptions
),

items as (

    select
        *,
        {{ json_text("item", "id") }} as item_id,
        {{ json_text("item", "price.product") }} as product_id,
        {{ json_text("item", "price.id") }} as price_id,
        coalesce({{ json_text("item", "price.nickname") }}, {{ json_text("item", "price.id") }}) as plan,
        {{ json_text("item", "price.recurring.interval") }} as stripe_interval,
        try_cast({{ json_text("item", "price.recurring.interval_count") }} as integer) as interval_count,
        coalesce({{ json_text("item", "price.recurring.usage_type") }} = 'metered', false) as is_metered,
        coalesce(try_cast({{ json_text("item", "quantity") }} as double), 1) as quantity,
        {{ stripe_whole_units(stripe_minor_price(json_part("item", "price"), "currency"), "currency") }} as unit_amount,
        case
            when {{ stripe_instant("item", "created") }} > created_at + interval 1 minute
                then {{ stripe_instant("item", "created") }}
            else started_at
        end as item_started_at
    from items_as_json

    union all by name

    select
        * exclude (items),
        subscription_id as item_id,
        false as is_metered,
        started_at as item_started_at
    from living_subscriptions
    where items is null
)

select
    source_system,
    subscription_id,
    item_id,
    customer_id,
    product_id,
    price_id,

    plan,
    currency,
    {{ stripe_billing_interval("stripe_interval", "interval_count") }} as billing_interval,

    case when is_metered then 1 else quantity end as quantity,
    case
        when is_metered then 0
        else {{ stripe_interval_amount("unit_amount", "stripe_interval", "interval_count") }}
    end as unit_amount,

    collects_nothing,

    item_started_at as started_at,
    trial_started_at,
    trial_ends_at
from items
