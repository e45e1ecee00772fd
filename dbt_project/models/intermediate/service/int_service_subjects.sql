-- Grain: one row per record that an interaction, a quality review or a case names (source_system, entity, id); the
-- record it means, and its customer.
-- Such tools usually name records of another system; which record an id means is written in macros/identity.sql.

with named_references as (

    select
        source_system,
        'tickets' as entity,
        ticket_id as reference_id
    from {{ ref("int_interactions_resolved") }}
    union
    select
        source_system,
        'opportunities' as entity,
        opportunity_id as reference_id
    from {{ ref("int_interactions_resolved") }}
    union
    select
        source_system,
        'tickets' as entity,
        ticket_id as reference_id
    from {{ ref("int_qa_reviews_current") }}
    union
    select
        source_system,
        'interactions' as entity,
        interaction_id as reference_id
    from {{ ref("int_qa_reviews_current") }}
    union
    select
        source_system,
        case source_type
            when 'response' then 'survey_responses'
            when 'post' then 'social_posts'
            when 'ticket' then 'tickets'
        end as entity,
        source_id as reference_id
    from {{ ref("int_cases_current") }}
),

handles as (

    select * from {{ ref("int_social_handles_resolved") }}
),

posts as (

    select
        *,
        case
            when not coalesce(is_own, false) then {{ social_handle("network", "author_handle") }}
        end as network_handle
    from {{ ref("int_social_posts_current") }}
    where
        not coalesce(is_deleted, false)
        and posted_at < {{ as_of_cut() }}
),

records as (

    select
        source_system,
        'tickets' as entity,
        ticket_id as reference_id,
        ticket_key as subject_key,
        customer_id
    from {{ ref("int_tickets_replayed") }}
    where not is_deleted
    union all
    select
        source_system,
        'interactions' as entity,
        interaction_id as reference_id,
        interaction_key as subject_key,
        customer_id
    from {{ ref("int_interactions_resolved") }}
    union all
    select
        source_system,
        'survey_responses' as entity,
        response_id as reference_id,
        response_key as subject_key,
        customer_id
    from {{ ref("int_survey_responses_resolved") }}
    union all
    select
        posts.source_system,
        'social_posts' as entity,
        posts.post_id as reference_id,
        {{ surrogate_key(["posts.source_system", "posts.post_id"]) }} as subject_key,
        coalesce(handles.customer_id, '-1') as customer_id
    from posts
    left join handles on posts.network_handle = handles.social_handle
    union all
    select
        source_system,
        'opportunities' as entity,
        opportunity_id as reference_id,
        {{ surrogate_key(["source_system", "opportunity_id"]) }} as subject_key,
        cast(null as varchar) as customer_id
    from {{ ref("int_opportunities_current") }}
    where
        not coalesce(is_deleted, false)
        and created_at < {{ as_of_cut() }}
),

named_ids as (

    select distinct
        entity,
        reference_id
    from named_references
),

-- Few of all records are named.
named_records as (

    select
        records.*,
        {{ is_of_one_system("records.entity, records.reference_id") }} as is_of_one_system
    from records
    inner join named_ids
        on
            records.entity = named_ids.entity
            and records.reference_id = named_ids.reference_id
),

int_service_subjects as (

    select
        named_references.source_system,
        named_references.entity,
        named_references.reference_id,

        named_records.subject_key,
        named_records.customer_id
    from named_references
    inner join named_records
        on
            named_references.entity = named_records.entity
            and named_references.reference_id = named_records.reference_id
            and {{ is_meant("named_references", "named_records") }}
)

select * from int_service_subjects
