-- Grain: one row per reference of a fact (reference_key); the customer it means.
-- In this order: the contact of the same system; a contact of another system that names this id among its external
-- ids; the guest of that e-mail or phone. What is left is the unknown customer: a fact is never dropped for want of a
-- person.

with references_of_facts as (

    select * from {{ ref("int_identity_references") }}
),

clusters as (

    select *
    from {{ source("steps", "identity_clusters") }}
    where kind = 'person'
),

keys as (

    select *
    from {{ source("steps", "identity_keys") }}
    where
        kind = 'person'
        and key_type = 'external_id'
        and not is_blocked
),

external_ids as (

    select
        keys.key_value,
        min(clusters.cluster_id) as customer_id
    from keys
    inner join clusters on keys.record_key = clusters.record_key
    group by keys.key_value
),

int_references_resolved as (

    select
        references_of_facts.reference_key,

        coalesce(contacts.cluster_id, external_ids.customer_id, guests.cluster_id, '-1') as customer_id,
        case
            when contacts.cluster_id is not null then 'contact'
            when external_ids.customer_id is not null then 'external_id'
            when guests.cluster_id is not null then 'guest'
            else 'unknown'
        end as match_rule
    from references_of_facts
    left join clusters as contacts
        on
            contacts.entity = 'contacts'
            and references_of_facts.source_system = contacts.source_system
            and references_of_facts.contact_id = contacts.source_id
    left join external_ids
        on references_of_facts.source_system || ':' || references_of_facts.contact_id = external_ids.key_value
    left join clusters as guests
        on
            guests.entity = 'guests'
            and references_of_facts.reference_key = guests.source_id
)

select * from int_references_resolved
