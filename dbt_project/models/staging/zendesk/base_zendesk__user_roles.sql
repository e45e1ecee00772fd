-- Grain: one row per user of Zendesk, with whether any delivered version was an agent or an administrator.

{{ config(materialized="view") }}

with users as (

    select * from {{ ref("base_zendesk__users") }}
)

select
    source_system,
    user_id,

    coalesce(bool_or(role in ('agent', 'admin')), false) as was_ever_agent
from users
group by source_system, user_id
