-- Grain: one row per delivered version of a user of Zendesk who is an agent or an administrator.
-- The team is the group to which the agent belongs by default, under its present name.

{{ config(materialized="view") }}

with users as (

    select *
    from {{ ref("base_zendesk__users") }}
    where role in ('agent', 'admin')
),

latest_groups as (

    select
        source_system,
        group_id,
        max_by(name, _load_sequence) as name
    from {{ ref("base_zendesk__groups") }}
    group by source_system, group_id
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
