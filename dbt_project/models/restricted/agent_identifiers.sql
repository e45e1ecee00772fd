-- Grain: one row per version of an agent: name and e-mail address. Never published unless asked for.

with agent_versions as (

    select * from {{ ref("int_agent_versions") }}
),

agent_identifiers as (

    select
        {{ surrogate_key(["source_system", "agent_id", "valid_from"]) }} as agent_key,
        source_system,
        agent_id,

        name,
        email
    from agent_versions
)

select * from agent_identifiers
