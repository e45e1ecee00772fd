-- Grain: one row per delivered version of a user of Zendesk who is or was an agent or an administrator.
-- Agents who leave are turned into end-users: that version is here too, with its role, so that what they wrote before
-- stays an agent's and what they write afterwards is not. The team is the group to which the agent belongs by default,
-- under its present name.

{{ config(materialized="view") }}

with users as (

    select users.*
    from {{ ref("base_zendesk__users") }} as users
    inner join {{ ref("base_zendesk__user_roles") }} as user_roles
        on
            users.source_system = user_roles.source_system
            and users.user_id = user_roles.user_id
    where user_roles.was_ever_agent
),

latest_groups as (

    select * from {{ latest_delivered(ref("base_zendesk__groups"), "group_id") }} as delivered
)

select
    users.source_system,
    users.user_id as agent_id,
    users.name,
    users.email,
    coalesce(latest_groups.name, users.default_group_id) as team,
    users.role,

    users.updated_at,
    users.is_deleted,

    users._load_id,
    users._load_sequence,
    users._loaded_at,
    users._file,
    users._row_number,
    users._extra,
    users._is_tombstone
from users
left join latest_groups
    on
        users.source_system = latest_groups.source_system
        and users.default_group_id = latest_groups.group_id
