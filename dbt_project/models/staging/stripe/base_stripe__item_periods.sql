-- Grain: one row per item of a subscription of Stripe and instant at which its terms began.
-- Terms are those that were billed: a line holds from the start of its period to its end, and at the latest until the
-- next line of the item begins; a credit without a new line is the end of the item. What the subscription holds now
-- goes on where the billed time ends, under the terms of the last line if price and quantity are still those: a change
-- that nobody was billed for yet has no instant of its own.

{{ config(materialized="view") }}

with lines as (

    select * from {{ ref("base_stripe__recurring_lines") }}
),

items as (

    select * from {{ ref("base_stripe__subscription_items") }}
),

billed_terms as (

    select
        *,
        max(period_end) over (partition by source_system, subscription_id, item_id) as billed_until,
        row_number() over (partition by source_system, subscription_id, item_id order by period_start desc) as age
    from lines
    where not is_credit
    qualify
        row_number() over (
            partition by source_system, subscription_id, item_id, period_start
            order by status = 'paused', created_at desc, line_id desc
        ) = 1
),

credits as (

    select distinct
        source_system,
        subscription_id,
        item_id,
        period_start
    from lines
    where is_credit
),

present_items as (

    select
        items.*,
        billed_terms.billed_until,
        billed_terms.billing_interval as billed_interval,
        billed_terms.unit_amount as billed_amount,
        billed_terms.quantity as billed_quantity,
        coalesce(
            items.price_id = billed_terms.price_id
            and (items.quantity = billed_terms.quantity or billed_terms.is_price_of_all),
            false
        ) as is_as_billed
    from items
    left join billed_terms
        on
            items.source_system = billed_terms.source_system
            and items.subscription_id = billed_terms.subscription_id
            and items.item_id = billed_terms.item_id
            and billed_terms.age = 1
),

present_terms as (

    select
        source_system,
        subscription_id,
        item_id,
        customer_id,
        product_id,
        plan,
        currency,
        collects_nothing,
        trial_ends_at,
        coalesce(billed_until, started_at) as period_start,
        case when is_as_billed then billed_interval else billing_interval end as billing_interval,
        case when is_as_billed then billed_quantity else quantity end as quantity,
        case when is_as_billed then billed_amount else unit_amount end as unit_amount
    from present_items
),

terms as (

    select
        source_system,
        subscription_id,
        item_id,
        customer_id,
        product_id,
        plan,
        status,
        currency,
        billing_interval,
        quantity,
        unit_amount,
        period_start,
        period_end
    from billed_terms

    union all

    select
        source_system,
        subscription_id,
        item_id,
        customer_id,
        product_id,
        plan,
        case
            when collects_nothing then 'paused'
            when trial_ends_at > period_start then 'trialing'
            else 'active'
        end as status,
        currency,
        billing_interval,
        quantity,
        unit_amount,
        period_start,
        cast(null as timestamptz) as period_end
    from present_terms

    union all

    select
        source_system,
        subscription_id,
        item_id,
        customer_id,
        product_id,
        plan,
        'active' as status,
        currency,
        billing_interval,
        quantity,
        unit_amount,
        trial_ends_at as period_start,
        cast(null as timestamptz) as period_end
    from present_terms
    where
        trial_ends_at > period_start
        and not collects_nothing

    union all

    select
        source_system,
        subscription_id,
        item_id,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as product_id,
        cast(null as varchar) as plan,
        'removed' as status,
        cast(null as varchar) as currency,
        cast(null as varchar) as billing_interval,
        cast(null as double) as quantity,
        cast(null as double) as unit_amount,
        period_start,
        cast(null as timestamptz) as period_end
    from credits
    where
        not exists (
            select 1
            from billed_terms
            where
                credits.source_system = billed_terms.source_system
                and credits.subscription_id = billed_terms.subscription_id
                and credits.item_id = billed_terms.item_id
                and credits.period_start = billed_terms.period_start
        )
),

item_periods as (

    select
        * exclude (period_end),
        least(
            period_end,
            lead(period_start) over (partition by source_system, subscription_id, item_id order by period_start)
        ) as period_end
    from terms
)

select *
from item_periods
where
    status <> 'removed'
    and unit_amount is not null
    and coalesce(period_end > period_start, true)
