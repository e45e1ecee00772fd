-- Grain: one row per price period of a subscription of Stripe, as its invoices and its last delivered version tell it.
-- A period is as long as nothing changes. Several items are one price: their sum, per month where their intervals
-- differ, with product and plan of the dearest; while one is paid for, those that are free or paused are not in it. The
-- end of the last period is that of the subscription; who cancelled pays until then. Subscriptions whose first payment
-- never came did not begin.

{{ config(materialized="table") }}

with item_periods as (

    select * from {{ ref("base_stripe__item_periods") }}
),

subscriptions as (

    select *
    from {{ latest_delivered(ref("base_stripe__subscriptions"), "subscription_id") }} as delivered
    where stripe_status not in ('incomplete', 'incomplete_expired')
),

companies as (

    select * from {{ ref("base_stripe__companies") }}
),

changes as (

    select
        source_system,
        subscription_id,
        period_start as changed_at
    from item_periods

    union distinct

    select
        source_system,
        subscription_id,
        period_end as changed_at
    from item_periods
    where period_end is not null
),

spans as (

    select
        changes.source_system,
        changes.subscription_id,
        changes.changed_at as span_start,
        least(
            subscriptions.ends_at,
            lead(changes.changed_at) over (
                partition by changes.source_system, changes.subscription_id order by changes.changed_at
            )
        ) as span_end
    from changes
    inner join subscriptions
        on
            changes.source_system = subscriptions.source_system
            and changes.subscription_id = subscriptions.subscription_id
    where coalesce(changes.changed_at < subscriptions.ends_at, true)
),

items_of_spans as (

    select
        spans.span_start,
        spans.span_end,
        item_periods.*,
        item_periods.unit_amount * item_periods.quantity as interval_amount,
        item_periods.unit_amount * item_periods.quantity / {{ months_per_interval("item_periods.billing_interval") }}
        as monthly_amount
    from spans
    inner join item_periods
        on
            spans.source_system = item_periods.source_system
            and spans.subscription_id = item_periods.subscription_id
            and spans.span_start >= item_periods.period_start
            and coalesce(spans.span_start < item_periods.period_end, true)
    qualify
        rank() over (
            partition by spans.source_system, spans.subscription_id, spans.span_start
            order by case item_periods.status when 'active' then 1 when 'trialing' then 2 else 3 end
        ) = 1
),

terms as (

    select
        source_system,
        subscription_id,
        span_start,
        span_end,
        max(customer_id) as customer_id,
        {{ value_at_last("product_id", ["monthly_amount", "item_id"]) }} as product_id,
        {{ value_at_last("plan", ["monthly_amount", "item_id"]) }} as plan,
        max(status) as status,
        max(currency) as currency,
        case when count(distinct billing_interval) = 1 then max(billing_interval) else 'month' end as billing_interval,
        case when count(*) = 1 then max(quantity) else 1 end as quantity,
        {{ money("case
            when count(*) = 1 then max(unit_amount)
            when count(distinct billing_interval) = 1 then sum(interval_amount)
            else sum(monthly_amount)
        end") }} as unit_amount
    from items_of_spans
    group by source_system, subscription_id, span_start, span_end
),

with_terms as (

    select
        *,
        {{ digest(["product_id", "plan", "status", "currency", "billing_interval", "quantity", "unit_amount"]) }}
        as terms_digest
    from terms
),

with_changes as (

    select
        *,
        case
            when
                lag(span_end) over (partition by source_system, subscription_id order by span_start) = span_start
                and lag(terms_digest) over (partition by source_system, subscription_id order by span_start)
                = terms_digest
                then 0
            else 1
        end as is_change
    from with_terms
),

with_numbers as (

    select
        *,
        sum(is_change) over (
            partition by source_system, subscription_id order by span_start rows unbounded preceding
        ) as place
    from with_changes
),

periods as (

    select
        source_system,
        subscription_id,
        place,
        max(customer_id) as customer_id,
        max(product_id) as product_id,
        max(plan) as plan,
        max(status) as status,
        max(currency) as currency,
        max(billing_interval) as billing_interval,
        max(quantity) as quantity,
        max(unit_amount) as unit_amount,
        min(span_start) as period_start,
        {{ value_at_last("span_end", ["span_start"]) }} as period_end
    from with_numbers
    group by source_system, subscription_id, place
),

with_ends as (

    select
        periods.*,
        companies.customer_id as account_id,
        subscriptions.ends_at is not null
        and periods.place = max(periods.place) over (partition by periods.source_system, periods.subscription_id)
        as is_end,
        subscriptions.cancel_reason,
        subscriptions.cancelled_because,
        subscriptions.current_period_end,
        subscriptions.cancelled_at,
        subscriptions.ends_at,
        subscriptions._load_id,
        subscriptions._load_sequence,
        subscriptions._loaded_at,
        subscriptions._file,
        subscriptions._row_number,
        subscriptions._extra,
        subscriptions._is_tombstone
    from periods
    inner join subscriptions
        on
            periods.source_system = subscriptions.source_system
            and periods.subscription_id = subscriptions.subscription_id
    left join companies
        on
            periods.source_system = companies.source_system
            and periods.customer_id = companies.customer_id
)

select
    source_system,
    subscription_id,
    period_start,
    period_end,
    account_id,
    customer_id as contact_id,
    product_id,
    plan,
    quantity,
    unit_amount,
    billing_interval,
    currency,
    case when is_end and status = 'active' then 'cancelled' else status end as status,
    case when is_end then cancel_reason end as cancel_reason,
    case when is_end then cancelled_because = 'cancellation_requested' end as is_voluntary,
    case when period_end is null then {{ local_date("current_period_end") }} end as renews_on,

    case when is_end then coalesce(cancelled_at, ends_at) else period_end end as updated_at,
    false as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10000 + place as _row_number,
    _extra,
    _is_tombstone
from with_ends
