-- Grain: one row per customer, trait and interval.
-- Where two contacts of a person have the same trait from the same instant, it lasts as long as the longer one; what
-- the person said goes before what somebody read, and that before what was observed. An interval that ends before it
-- begins never held. Traits of people whom nobody delivered are nobody's, and left out.

with traits as (

    select
        *,
        {{ reference_key("source_system", "contact_id", "cast(null as varchar)", "cast(null as varchar)") }}
        as reference_key,
        coalesce(valid_to, cast('9999-12-31 00:00:00+00' as timestamptz)) as ends_at
    from {{ ref("int_customer_traits_current") }}
    where
        not coalesce(is_deleted, false)
        and valid_from < {{ as_of_cut() }}
),

references_of_facts as (

    select *
    from {{ ref("int_references_resolved") }}
    where customer_id <> '-1'
),

traits_of_customers as (

    select
        references_of_facts.customer_id,
        traits.trait_type,
        trim(traits.trait) as trait,
        traits.valid_from,
        case
            when bool_or(traits.origin = 'stated') then 'stated'
            when bool_or(traits.origin = 'coded') then 'coded'
            when bool_or(traits.origin = 'observed') then 'observed'
        end as origin,
        max(traits.ends_at) as valid_to
    from traits
    inner join references_of_facts on traits.reference_key = references_of_facts.reference_key
    where traits.ends_at > traits.valid_from
    group by all
),

bridge_customers_x_traits as (

    select
        {{ surrogate_key(["customer_id", "trait_type", "trait", "valid_from"]) }} as customer_trait_key,
        customer_id,

        trait_type,
        trait,
        origin,

        valid_to > {{ as_of_cut() }} as is_current,

        valid_from,
        valid_to
    from traits_of_customers
)

select * from bridge_customers_x_traits
