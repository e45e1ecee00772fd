-- Grain: one row per team of a HubSpot account, under the name that its owners were last delivered with.

{{ config(materialized="view") }}

with owners as (

    select
        source_system,
        owner_id,
        _load_sequence,
        _row_number,
        {{ each_json_element("teams") }} as team
    from {{ ref("base_hubspot__owners") }}
)

select
    source_system,
    {{ json_text("team", "id") }} as team_id,
    {{ json_text("team", "name") }} as name
from owners
qualify row_number() over (
    partition by source_system, {{ json_text("team", "id") }}
    order by _load_sequence desc, _row_number desc, owner_id asc
) = 1
