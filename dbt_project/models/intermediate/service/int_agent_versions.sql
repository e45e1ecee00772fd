-- Grain: one row per version of an agent, with the interval in which it held.

with agent_versions as (

    select * from {{ dated_versions("agents", ["agent_id"]) }} as versions
),

int_agent_versions as (

    select
        source_system,
        agent_id,

        nullif(trim(name), '') as name,
        nullif(trim(email), '') as email,
        nullif(trim(team), '') as team,
        nullif(trim(role), '') as role,
        nullif(trim(shift), '') as shift,
        upper(currency) as currency,

        {{ money("hourly_cost") }} as hourly_cost,

        coalesce(is_bot, false) as is_bot,
        is_member_deleted as is_deleted,

        hired_at,
        case when left_at < {{ as_of_cut() }} then left_at end as left_at,
        held_from as valid_from,
        held_to as valid_to
    from agent_versions
)

select * from int_agent_versions
