-- Grain: one row per delivered version of a person or queue of the business of HubSpot.

with raw_rows as (

    select * from {{ new_loads("raw", "hubspot__owners") }} as new_rows
)

select
    _source_system as source_system,
    id as owner_id,
    coalesce(user_id, user_id_including_inactive) as user_id,

    type,
    first_name,
    last_name,
    email,
    coalesce(
        {{ json_first_where("teams", "primary", "true", "name") }},
        json_extract_string(teams, '$[0].name')
    ) as team,
    teams,

    created_at,

    updated_at,
    coalesce(is_deleted, archived, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
