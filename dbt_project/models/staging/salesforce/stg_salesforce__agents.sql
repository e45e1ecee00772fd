-- Grain: one row per delivered version of a user of Salesforce who is nobody's customer.
-- The team is the user's department. Salesforce does not say when a user left: at the latest at the change by which
-- the user is known to be inactive.

{{ config(materialized="view") }}

with users as (

    select *
    from {{ ref("base_salesforce__users") }}
    where coalesce({{ salesforce_actor_type("user_type") }}, 'agent') <> 'customer'
)

select
    source_system,
    user_id as agent_id,
    coalesce(name, email, user_id) as name,
    email,
    department as team,
    coalesce({{ salesforce_actor_type("user_type") }} = 'system', false) as is_bot,
    case when not is_active then updated_at end as left_at,
    cast(null as timestamptz) as valid_from,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from users
