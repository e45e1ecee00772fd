-- Grain: one row per training that an agent completed up to as_of. Agent, team and item are those of the day's start.

with trainings as (

    select
        *,
        {{ local_midnight("completed_on") }} as completed_from
    from {{ ref("int_trainings_current") }}
    where
        not coalesce(is_deleted, false)
        and completed_on <= {{ as_of_date() }}
),

agents as (

    select
        *,
        {{ is_of_one_system("agent_id") }} as is_of_one_system
    from {{ ref("dim_agents") }}
),

items as (

    select * from {{ ref("dim_qa_items") }}
),

fct_trainings as (

    select
        {{ surrogate_key(["trainings.source_system", "trainings.training_id"]) }} as training_key,
        trainings.source_system,
        trainings.training_id,
        coalesce(agents.agent_key, -1) as agent_key,
        trainings.agent_id,
        coalesce(items.qa_item_key, -1) as qa_item_key,
        trainings.form_id,
        trainings.item_id,

        trainings.name,
        items.area,
        agents.team,

        trainings.completed_on
    from trainings
    left join agents
        on
            trainings.agent_id = agents.agent_id
            and {{ is_meant("trainings", "agents") }}
            and trainings.completed_from >= agents.valid_from
            and trainings.completed_from < agents.valid_to
    left join items
        on
            trainings.source_system = items.source_system
            and trainings.form_id = items.form_id
            and trainings.item_id = items.item_id
            and trainings.completed_from >= items.valid_from
            and trainings.completed_from < items.valid_to
)

select * from fct_trainings
