-- Grain: one row per delivered version of a subscription of Stripe, in whole units of its currency.
-- What is subscribed to is in `items`; an export file has the only item in columns of its own.

with raw_rows as (

    select * from {{ new_loads("raw", "stripe__subscriptions") }} as new_rows
)

select
    _source_system as source_system,
    id as subscription_id,
    customer as customer_id,
    case when object is null then product end as product_id,

    lower(status) as stripe_status,
    {{ json_part("items", "data") }} as items,
    case when object is null then plan end as plan,
    upper(currency) as currency,
    regexp_extract(lower(interval), 'day|week|month|year') as stripe_interval,
    coalesce(
        {{ json_text("cancellation_details", "feedback") }},
        {{ json_text("cancellation_details", "reason") }},
        cancellation_reason
    ) as cancel_reason,
    coalesce({{ json_text("cancellation_details", "reason") }}, cancellation_reason) as cancelled_because,

    case when object is null then amount end as unit_amount,
    coalesce(quantity, 1) as quantity,
    coalesce(interval_count, try_cast(regexp_extract(interval, '[0-9]+') as integer), 1) as interval_count,

    pause_collection is not null or lower(status) in ('paused', 'unpaid') as collects_nothing,

    coalesce(start_date, created) as started_at,
    created as created_at,
    current_period_end,
    trial_start as trial_started_at,
    trial_end as trial_ends_at,
    canceled_at as cancelled_at,
    coalesce(ended_at, cancel_at, case when cancel_at_period_end then current_period_end end) as ends_at,

    updated_at,
    coalesce(is_deleted, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
