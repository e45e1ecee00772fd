-- Grain: one row per state of a charge of Stripe: what became of it at once, and that it was refunded or disputed.
-- A payment is refunded when all of it was given back. It is disputed while a dispute is open or lost; one that was
-- won, and an inquiry before a dispute, change nothing. Charges that are pending or only authorised are not known yet.

{{ config(materialized="view") }}

with charges as (

    select *
    from {{ ref("base_stripe__payments") }}
    where
        stripe_status = 'failed'
        or (stripe_status = 'succeeded' and is_captured)
),

refunds as (

    select
        source_system,
        charge_id,
        max(created_at) as refunded_at
    from {{ latest_delivered(ref("base_stripe__refunds"), "refund_id") }} as delivered
    where stripe_status = 'succeeded'
    group by source_system, charge_id
),

disputes as (

    select
        source_system,
        charge_id,
        min(created_at) as disputed_at,
        bool_or(stripe_status <> 'won' and stripe_status not like 'warning%') as is_against_us
    from {{ latest_delivered(ref("base_stripe__disputes"), "dispute_id") }} as delivered
    group by source_system, charge_id
),

with_outcomes as (

    select
        charges.* exclude (refunded_at),
        coalesce(refunds.refunded_at, charges.refunded_at, charges.created_at) as refunded_at,
        coalesce(disputes.disputed_at, charges.created_at) as disputed_at,
        coalesce(disputes.is_against_us, charges.is_disputed) as is_disputed_now
    from charges
    left join refunds
        on
            charges.source_system = refunds.source_system
            and charges.charge_id = refunds.charge_id
    left join disputes
        on
            charges.source_system = disputes.source_system
            and charges.charge_id = disputes.charge_id
),

states as (

    select
        *,
        case when stripe_status = 'failed' then 'failed' else 'paid' end as status,
        created_at as known_at,
        1 as place
    from with_outcomes

    union all

    select
        *,
        'refunded' as status,
        refunded_at as known_at,
        2 as place
    from with_outcomes
    where
        stripe_status = 'succeeded'
        and is_refunded

    union all

    select
        *,
        'disputed' as status,
        disputed_at as known_at,
        3 as place
    from with_outcomes
    where
        stripe_status = 'succeeded'
        and is_disputed_now
)

select
    source_system,
    charge_id as payment_id,
    order_id,
    subscription_id,
    created_at as attempted_at,
    amount,
    currency,
    status,
    method,
    case when stripe_status = 'failed' then failure_reason end as failure_reason,

    known_at as updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10 + place as _row_number,
    _extra,
    _is_tombstone
from states
