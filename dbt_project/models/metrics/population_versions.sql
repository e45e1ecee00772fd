-- Grain: one row per version of a customer in which somebody was a customer: whom surveys are held to speak for.
-- Leads, prospects and former customers, test customers and deleted ones are none. A version begins when the customer
-- was created, if that is later; one whose creation is not known always was one.

with customer_versions as (

    select * from {{ ref("int_customer_versions") }}
),

contact_versions as (

    select * from {{ ref("int_contact_versions") }}
),

references_of_facts as (

    select * from {{ ref("int_identity_references") }}
),

references_resolved as (

    select * from {{ ref("int_references_resolved") }}
),

-- A guest is known since the first fact that names them.
records as (

    select
        customer_id,
        created_at
    from contact_versions
    union all
    select
        references_resolved.customer_id,
        references_of_facts.first_happened_at as created_at
    from references_resolved
    inner join references_of_facts on references_resolved.reference_key = references_of_facts.reference_key
    where references_resolved.match_rule = 'guest'
),

first_records as (

    select
        customer_id,
        case when count(created_at) = count(*) then min(created_at) end as created_at
    from records
    group by customer_id
),

population_versions as (

    select
        customer_versions.customer_id,
        customer_versions.segment,
        greatest(
            customer_versions.valid_from, coalesce(first_records.created_at, customer_versions.valid_from)
        ) as held_from,
        customer_versions.valid_to as held_to
    from customer_versions
    left join first_records on customer_versions.customer_id = first_records.customer_id
    where
        coalesce(customer_versions.lifecycle_stage, 'customer') = 'customer'
        and not customer_versions.is_test
        and not customer_versions.is_deleted
        and customer_versions.valid_to > coalesce(first_records.created_at, customer_versions.valid_from)
)

select * from population_versions
