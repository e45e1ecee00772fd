-- Grain: one row per source record that may be a person: each contact, and each guest who left only an e-mail or a
-- phone. A reference whose contact is known needs no record of its own. A deleted contact stays: its past facts are
-- still somebody's. Where a source delivers no contacts at all, the ids on its facts are all that is known of its
-- people, and make guests; where it delivers contacts, an id that is not among them is a fault, and the fact stays
-- with the unknown customer.

with contacts as (

    select *
    from {{ ref("int_contacts_current") }}
    where
        created_at is null
        or created_at < {{ as_of_cut() }}
),

contact_loads as (

    select
        source_system,
        contact_id,
        min(_loaded_at) as first_loaded_at
    from {{ all_versions("contacts") }} as delivered
    group by source_system, contact_id
),

references_of_facts as (

    select * from {{ ref("int_identity_references") }}
),

contact_records as (

    select
        {{ record_key("contacts.source_system", "'contacts'", "contacts.contact_id") }} as record_key,
        contacts.source_system,
        'contacts' as entity,
        contacts.contact_id as source_id,

        contacts.contact_id,
        {{ normalised_email("contacts.email") }} as email,
        nullif(trim(contacts.phone), '') as phone,
        upper(contacts.country) as phone_country,
        contacts.external_ids,
        contacts.social_handles,
        contacts.merged_into_id,

        contacts.first_name,
        contacts.last_name,
        contacts.birth_date,
        contacts.street,
        contacts.postal_code,
        contacts.city,

        contact_loads.first_loaded_at
    from contacts
    inner join contact_loads
        on
            contacts.source_system = contact_loads.source_system
            and contacts.contact_id = contact_loads.contact_id
),

sources_with_contacts as (

    select distinct source_system from contact_loads
),

guest_records as (

    select
        {{ record_key(
            "references_of_facts.source_system", "'guests'", "references_of_facts.reference_key"
        ) }} as record_key,
        references_of_facts.source_system,
        'guests' as entity,
        references_of_facts.reference_key as source_id,

        case when sources_with_contacts.source_system is null then references_of_facts.contact_id end as contact_id,
        references_of_facts.email,
        references_of_facts.phone,
        cast(null as varchar) as phone_country,
        cast(null as varchar) as external_ids,
        cast(null as varchar) as social_handles,
        cast(null as varchar) as merged_into_id,

        cast(null as varchar) as first_name,
        cast(null as varchar) as last_name,
        cast(null as date) as birth_date,
        cast(null as varchar) as street,
        cast(null as varchar) as postal_code,
        cast(null as varchar) as city,

        references_of_facts.first_loaded_at
    from references_of_facts
    left join contacts
        on
            references_of_facts.source_system = contacts.source_system
            and references_of_facts.contact_id = contacts.contact_id
    left join sources_with_contacts on references_of_facts.source_system = sources_with_contacts.source_system
    where
        contacts.contact_id is null
        and (
            references_of_facts.email is not null
            or references_of_facts.phone is not null
            or sources_with_contacts.source_system is null
        )
),

int_identity_records as (

    select * from contact_records
    union all
    select * from guest_records
)

select * from int_identity_records
