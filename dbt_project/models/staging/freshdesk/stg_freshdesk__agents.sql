-- Grain: one row per delivered version of an agent of Freshdesk.
-- Freshdesk has no main group: an agent of one group is of that team, an agent of several is of none.

{{ config(materialized="view") }}

with agents as (

    select
        *,
        case when group_ids not like '%,%' then {{ json_first("group_ids") }} end as only_group_id
    from {{ ref("base_freshdesk__agents") }}
),

latest_groups as (

    select * from {{ latest_delivered(ref("base_freshdesk__groups"), "group_id") }} as delivered
)

select
    agents.source_system,
    agents.agent_id,
    coalesce(agents.name, agents.email, agents.agent_id) as name,
    agents.email,
    coalesce(latest_groups.name, agents.only_group_id) as team,
    agents.type as role,
    cast(null as timestamptz) as valid_from,

    agents.updated_at,
    agents.is_deleted,

    agents._load_id,
    agents._load_sequence,
    agents._loaded_at,
    agents._file,
    agents._row_number,
    agents._extra,
    agents._is_tombstone
from agents
left join latest_groups
    on
        agents.source_system = latest_groups.source_system
        and agents.only_group_id = latest_groups.group_id
