-- Grain: one row per interaction that began before the cut, with the customer it was with.
-- The customer is the contact that the row names, else the person of its e-mail or phone, else the one whose contact
-- gives the name on that network.

with interactions as (

    select
        *,
        {{ reference_key("source_system", "contact_id", "email", "phone") }} as reference_key,
        {{ social_handle("network", "social_handle") }} as network_handle
    from {{ ref("int_interactions_current") }}
    where
        not coalesce(is_deleted, false)
        and started_at < {{ as_of_cut() }}
),

references_of_facts as (

    select * from {{ ref("int_references_resolved") }}
),

handles as (

    select * from {{ ref("int_social_handles_resolved") }}
),

int_interactions_resolved as (

    select
        {{ surrogate_key(["interactions.source_system", "interactions.interaction_id"]) }} as interaction_key,
        interactions.source_system,
        interactions.interaction_id,
        coalesce(nullif(references_of_facts.customer_id, '-1'), handles.customer_id, '-1') as customer_id,
        interactions.agent_id,
        interactions.location_id,
        interactions.opportunity_id,
        interactions.ticket_id,
        interactions.campaign_id,

        nullif(trim(interactions.channel), '') as channel,
        lower(nullif(trim(interactions.network), '')) as network,
        interactions.source,
        interactions.touchpoint,
        interactions.direction,
        interactions.reason,
        interactions.category,
        interactions.device,
        case
            when coalesce(interactions.ended_at, interactions.started_at) < {{ as_of_cut() }}
                then interactions.outcome
        end as outcome,

        interactions.is_proactive,
        interactions.needs_reply,

        interactions.started_at,
        case when interactions.ended_at < {{ as_of_cut() }} then interactions.ended_at end as ended_at,
        case when interactions.replied_at < {{ as_of_cut() }} then interactions.replied_at end as replied_at
    from interactions
    left join references_of_facts on interactions.reference_key = references_of_facts.reference_key
    left join handles on interactions.network_handle = handles.social_handle
)

select * from int_interactions_resolved
