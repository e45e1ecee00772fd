-- Grain: one row per referral of a source system that was made before as_of ended, in its state at as_of.
-- Referrer and referred person are resolved as everybody is. A conversion of after the cut has not happened.

with referrals as (

    select
        *,
        case when converted_at < {{ as_of_cut() }} then converted_at end as known_converted_at,
        {{ reference_key("source_system", "referrer_contact_id", "cast(null as varchar)", "cast(null as varchar)") }}
        as referrer_reference_key,
        {{ reference_key("source_system", "referred_contact_id", "referred_email", "cast(null as varchar)") }}
        as referred_reference_key
    from {{ ref("int_referrals_current") }}
    where
        not coalesce(is_deleted, false)
        and referred_at < {{ as_of_cut() }}
),

references_of_facts as (

    select * from {{ ref("int_references_resolved") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

test_customers as (

    select customer_id
    from {{ ref("dim_customers") }}
    where
        is_test
        and is_current
),

resolved_referrals as (

    select
        referrals.*,
        coalesce(referrers.customer_id, '-1') as referrer_customer_id,
        coalesce(referred_people.customer_id, '-1') as referred_customer_id
    from referrals
    left join references_of_facts as referrers on referrals.referrer_reference_key = referrers.reference_key
    left join references_of_facts as referred_people
        on referrals.referred_reference_key = referred_people.reference_key
),

fct_referrals as (

    select
        {{ surrogate_key(["referrals.source_system", "referrals.referral_id"]) }} as referral_key,
        referrals.source_system,
        referrals.referral_id,
        coalesce(referrers.customer_key, -1) as referrer_customer_key,
        referrals.referrer_customer_id,
        coalesce(referred_people.customer_key, -1) as referred_customer_key,
        referrals.referred_customer_id,

        referrers.segment,
        referrers.country,

        {{ days_between(local_date("referrals.referred_at"), local_date("referrals.known_converted_at")) }}
        as days_to_conversion,

        referrals.known_converted_at is not null as is_converted,
        referrals.referrer_customer_id <> '-1'
        and referrals.referrer_customer_id = referrals.referred_customer_id as is_self_referral,
        test_referrers.customer_id is not null or test_referred_people.customer_id is not null as is_test,

        {{ local_date("referrals.referred_at") }} as referred_date,
        {{ local_date("referrals.known_converted_at") }} as converted_date,
        referrals.referred_at,
        referrals.known_converted_at as converted_at
    from resolved_referrals as referrals
    left join customers as referrers
        on
            referrals.referrer_customer_id = referrers.customer_id
            and referrals.referred_at >= referrers.valid_from
            and referrals.referred_at < referrers.valid_to
    left join customers as referred_people
        on
            referrals.referred_customer_id = referred_people.customer_id
            and referrals.referred_at >= referred_people.valid_from
            and referrals.referred_at < referred_people.valid_to
    left join test_customers as test_referrers on referrals.referrer_customer_id = test_referrers.customer_id
    left join test_customers as test_referred_people
        on referrals.referred_customer_id = test_referred_people.customer_id
)

select * from fct_referrals
