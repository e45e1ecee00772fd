-- Grain: one row per version of an agent or bot, and the unknown one. Names and e-mail addresses are not here.

with agent_versions as (

    select * from {{ ref("int_agent_versions") }}
),

known_agents as (

    select
        {{ surrogate_key(["source_system", "agent_id", "valid_from"]) }} as agent_key,
        source_system,
        agent_id,

        team,
        role,
        shift,
        currency,

        hourly_cost,

        is_bot,
        {{ is_agent_role("role") }} and not is_bot as is_person,
        is_deleted,
        valid_to > {{ as_of_cut() }} as is_current,

        hired_at,
        left_at,
        valid_from,
        valid_to
    from agent_versions
),

dim_agents as (

    select * from known_agents
    union all
    select
        -1 as agent_key,
        '-1' as source_system,
        '-1' as agent_id,

        cast(null as varchar) as team,
        cast(null as varchar) as role,
        cast(null as varchar) as shift,
        cast(null as varchar) as currency,

        cast(null as decimal(18, 4)) as hourly_cost,

        false as is_bot,
        false as is_person,
        false as is_deleted,
        true as is_current,

        cast(null as timestamptz) as hired_at,
        cast(null as timestamptz) as left_at,
        cast('1900-01-01 00:00:00+00' as timestamptz) as valid_from,
        cast('9999-12-31 00:00:00+00' as timestamptz) as valid_to
)

select * from dim_agents
