-- Grain: one row per line of the latest delivered version of an invoice that bills a price of a subscription.
-- The price is that of the line, as it was then. Discounts lower it by the share that they take off the line, except
-- those that were given once. A line that bills nothing though its price is not nothing is a trial. Usage is no
-- promise of the next month: a metered price is nothing. Who owes nothing for a line, because its invoice is void or
-- given up, or stays a draft while nothing is collected, does not pay for it. A price with tiers has a line for each,
-- and all of them have their sum; one that tells its amount in another currency is the amount of its lines as well.

{{ config(materialized="view") }}

with invoices as (

    select *
    from {{ latest_delivered(ref("base_stripe__invoices"), "invoice_id") }} as delivered
),

subscriptions as (

    select *
    from {{ latest_delivered(ref("base_stripe__subscriptions"), "subscription_id") }} as delivered
),

later_lines as (

    select *
    from {{ latest_delivered(ref("base_stripe__invoice_lines"), "invoice_id, line_id") }} as delivered
),

lines_as_json as (

    select
        source_system,
        invoice_id,
        {{ each_json_element("lines") }} as line
    from invoices
),

lines as (

    select
        source_system,
        invoice_id,
        {{ json_text("line", "id") }} as line_id,
        {{ json_text("line", "subscription") }} as subscription_id,
        {{ json_text("line", "subscription_item") }} as item_id,
        {{ json_part("line", "price") }} as price,
        {{ json_part("line", "discount_amounts") }} as discount_amounts,
        try_cast({{ json_text("line", "amount") }} as double) as minor_amount,
        coalesce(try_cast({{ json_text("line", "quantity") }} as double), 1) as quantity,
        coalesce({{ json_text("line", "proration") }} = 'true', false) as is_proration,
        {{ stripe_instant("line", "period.start") }} as period_start,
        {{ stripe_instant("line", "period.end") }} as period_end
    from lines_as_json

    union all

    select
        source_system,
        invoice_id,
        line_id,
        subscription_id,
        item_id,
        price,
        discount_amounts,
        cast(minor_amount as double) as minor_amount,
        coalesce(quantity, 1) as quantity,
        is_proration,
        period_start,
        period_end
    from later_lines
),

discounts_as_json as (

    select
        source_system,
        invoice_id,
        {{ each_json_element("discounts") }} as discount
    from invoices
),

discounts_given_once as (

    select
        source_system,
        invoice_id,
        {{ json_text("discount", "id") }} as discount_id
    from discounts_as_json
    where {{ json_text("discount", "coupon.duration") }} = 'once'
),

discounts_of_lines_as_json as (

    select
        source_system,
        invoice_id,
        line_id,
        {{ each_json_element("discount_amounts") }} as discount
    from lines
),

discounts_of_lines as (

    select
        discounts.source_system,
        discounts.invoice_id,
        discounts.line_id,
        sum(try_cast({{ json_text("discounts.discount", "amount") }} as double)) as minor_discount
    from discounts_of_lines_as_json as discounts
    left join discounts_given_once
        on
            discounts.source_system = discounts_given_once.source_system
            and discounts.invoice_id = discounts_given_once.invoice_id
            and {{ json_text("discounts.discount", "discount") }} = discounts_given_once.discount_id
    where discounts_given_once.discount_id is null
    group by discounts.source_system, discounts.invoice_id, discounts.line_id
),

recurring_lines as (

    select
        lines.*,
        invoices.customer_id,
        invoices.currency,
        invoices.created_at,
        {{ json_text("lines.price", "id") }} as price_id,
        {{ json_text("lines.price", "product") }} as product_id,
        coalesce({{ json_text("lines.price", "nickname") }}, {{ json_text("lines.price", "id") }}) as plan,
        {{ json_text("lines.price", "recurring.interval") }} as stripe_interval,
        try_cast({{ json_text("lines.price", "recurring.interval_count") }} as integer) as interval_count,
        coalesce({{ json_text("lines.price", "recurring.usage_type") }} = 'metered', false) as is_metered,
        {{ stripe_minor_price("lines.price", "invoices.currency") }} as minor_price,
        coalesce(discounts_of_lines.minor_discount, 0) as minor_discount,
        invoices.stripe_status in ('void', 'uncollectible')
        or (invoices.stripe_status = 'draft' and coalesce(subscriptions.collects_nothing, false)) as is_unpaid,
        coalesce(
            lines.period_start >= subscriptions.trial_started_at and lines.period_start < subscriptions.trial_ends_at,
            false
        ) as is_in_trial
    from lines
    inner join invoices
        on
            lines.source_system = invoices.source_system
            and lines.invoice_id = invoices.invoice_id
    left join subscriptions
        on
            lines.source_system = subscriptions.source_system
            and lines.subscription_id = subscriptions.subscription_id
    left join discounts_of_lines
        on
            lines.source_system = discounts_of_lines.source_system
            and lines.invoice_id = discounts_of_lines.invoice_id
            and lines.line_id = discounts_of_lines.line_id
    where
        lines.subscription_id is not null
        and {{ json_text("lines.price", "recurring.interval") }} is not null
        and not invoices.is_deleted
),

with_net_prices as (

    select
        *,
        minor_price is null as has_no_unit_price,
        case
            when is_metered then 0
            when minor_price is not null
                then minor_price * (1 - coalesce({{ safe_divide("minor_discount", "minor_amount") }}, 0))
            when not is_proration
                then sum(minor_amount - minor_discount) over (
                    partition by source_system, invoice_id, coalesce(item_id, price_id), period_start, is_proration
                )
        end as minor_net_price
    from recurring_lines
)

select
    source_system,
    invoice_id,
    line_id,
    subscription_id,
    coalesce(item_id, price_id) as item_id,
    customer_id,
    product_id,
    price_id,

    plan,
    case
        when is_unpaid then 'paused'
        when is_in_trial then 'trialing'
        when minor_amount = 0 and minor_price > 0 and quantity > 0 and not is_metered then 'trialing'
        else 'active'
    end as status,
    currency,
    {{ stripe_billing_interval("stripe_interval", "interval_count") }} as billing_interval,

    case when is_metered or has_no_unit_price then 1 else quantity end as quantity,
    {{ stripe_interval_amount(
        stripe_whole_units("minor_net_price", "currency"), "stripe_interval", "interval_count"
    ) }} as unit_amount,

    is_metered or has_no_unit_price as is_price_of_all,
    is_proration and minor_amount < 0 as is_credit,

    created_at,
    period_start,
    period_end
from with_net_prices
where
    -- A change within a trial is billed with nothing.
    not (is_proration and minor_amount = 0)
    -- A part of a period does not tell the price of the whole.
    and (minor_net_price is not null or minor_amount < 0)
