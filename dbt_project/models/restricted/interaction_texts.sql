-- Grain: one row per interaction of which there are words, or a name on a network. Never published unless asked for.

with interactions as (

    select
        interaction_key,
        source_system,
        interaction_id,
        customer_id,
        started_at
    from {{ ref("fct_interactions") }}
),

delivered_interactions as (

    select
        source_system,
        interaction_id,
        nullif(trim(social_handle), '') as social_handle,
        nullif(trim(body), '') as body
    from {{ ref("int_interactions_current") }}
),

interaction_texts as (

    select
        interactions.interaction_key,
        interactions.source_system,
        interactions.interaction_id,
        interactions.customer_id,

        delivered_interactions.social_handle,
        delivered_interactions.body,

        interactions.started_at
    from interactions
    inner join delivered_interactions
        on
            interactions.source_system = delivered_interactions.source_system
            and interactions.interaction_id = delivered_interactions.interaction_id
    where
        delivered_interactions.social_handle is not null
        or delivered_interactions.body is not null
)

select * from interaction_texts
