-- Grain: one row per delivered version of an owner of HubSpot.
-- The team is the owner's main one, else the first.

{{ config(materialized="view") }}

with owners as (

    select * from {{ ref("base_hubspot__owners") }}
)

select
    source_system,
    owner_id as agent_id,
    coalesce(nullif(trim(concat_ws(' ', first_name, last_name)), ''), email, owner_id) as name,
    email,
    team,
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
from owners
