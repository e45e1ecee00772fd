-- Grain: one row per interaction with a customer at a touchpoint that began before as_of, in its state at as_of.
-- Agent and team are those of then. What was said is in restricted.interaction_texts.

with interactions as (

    select * from {{ ref("int_interactions_resolved") }}
),

subjects as (

    select * from {{ ref("int_service_subjects") }}
),

agents as (

    select
        *,
        {{ is_of_one_system("agent_id") }} as is_of_one_system
    from {{ ref("dim_agents") }}
),

locations as (

    select
        *,
        {{ is_of_one_system("location_id") }} as is_of_one_system
    from {{ ref("dim_locations") }}
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

fct_interactions as (

    select
        interactions.interaction_key,
        interactions.source_system,
        interactions.interaction_id,
        coalesce(customers.customer_key, -1) as customer_key,
        interactions.customer_id,
        coalesce(customers.account_id, '-1') as account_id,
        coalesce(agents.agent_key, -1) as agent_key,
        interactions.agent_id,
        coalesce(locations.location_key, -1) as location_key,
        interactions.location_id,
        opportunities.subject_key as opportunity_key,
        interactions.opportunity_id,
        tickets.subject_key as ticket_key,
        interactions.ticket_id,
        interactions.campaign_id,

        interactions.channel,
        interactions.network,
        interactions.source,
        interactions.touchpoint,
        interactions.direction,
        agents.team,
        interactions.reason,
        interactions.category,
        interactions.device,
        interactions.outcome,
        customers.segment,
        customers.country,

        case
            when interactions.ended_at >= interactions.started_at
                then {{ minutes_between("interactions.started_at", "interactions.ended_at") }}
        end as duration_minutes,
        case
            when interactions.replied_at is not null
                then greatest({{ minutes_between("interactions.started_at", "interactions.replied_at") }}, 0.0)
        end as reply_minutes,

        interactions.is_proactive,
        interactions.needs_reply,
        coalesce(agents.is_bot, false) as is_bot,
        test_customers.customer_id is not null as is_test,

        {{ local_date("interactions.started_at") }} as started_date,
        interactions.started_at,
        interactions.ended_at,
        interactions.replied_at
    from interactions
    left join subjects as tickets
        on
            tickets.entity = 'tickets'
            and interactions.source_system = tickets.source_system
            and interactions.ticket_id = tickets.reference_id
    left join subjects as opportunities
        on
            opportunities.entity = 'opportunities'
            and interactions.source_system = opportunities.source_system
            and interactions.opportunity_id = opportunities.reference_id
    left join agents
        on
            interactions.agent_id = agents.agent_id
            and {{ is_meant("interactions", "agents") }}
            and interactions.started_at >= agents.valid_from
            and interactions.started_at < agents.valid_to
    left join locations
        on
            interactions.location_id = locations.location_id
            and {{ is_meant("interactions", "locations") }}
    left join customers
        on
            interactions.customer_id = customers.customer_id
            and interactions.started_at >= customers.valid_from
            and interactions.started_at < customers.valid_to
    left join test_customers on interactions.customer_id = test_customers.customer_id
)

select * from fct_interactions
