-- Grain: one row per change of a ticket of HubSpot: of its stage, owner, team or priority.
-- HubSpot delivers the earlier values of a property, each with its instant; two that follow each other are a change.
-- The first value of all is what the ticket was created with, unless it was set more than a second later; of a stage it
-- always is. A change between stages of one status is none. Each version of a ticket tells all changes, or the latest
-- of many: the first that tells a change counts.

{% set properties = {
    "hs_pipeline_stage": "status",
    "hubspot_owner_id": "assignee",
    "hubspot_team_id": "team",
    "hs_ticket_priority": "priority",
} -%}

{{ config(materialized="view") }}

with tickets as (

    select *
    from {{ ref("base_hubspot__tickets") }}
    where history is not null
),

stages as (

    select * from {{ ref("base_hubspot__ticket_stages") }}
),

owners as (

    select * from {{ latest_delivered(ref("base_hubspot__owners"), "user_id") }} as delivered
),

teams as (

    select * from {{ ref("base_hubspot__teams") }}
),

entries as (

    {% for property, event_type in properties.items() -%}
    select
        *,
        '{{ event_type }}' as event_type,
        {{ each_json_element(json_part("history", property)) }} as entry,
        {{ loop.index0 * 2500 }} + {{ each_json_place(json_part("history", property)) }} as place
    from tickets
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

delivered_values as (

    select
        *,
        nullif(trim({{ json_text("entry", "value") }}), '') as delivered_value,
        {{ hubspot_instant(json_text("entry", "timestamp")) }} as occurred_at,
        {{ json_text("entry", "updatedByUserId") }} as user_id
    from entries
),

named_values as (

    select
        delivered_values.*,
        case delivered_values.event_type
            when 'status' then coalesce(stages.status, 'open')
            when 'team' then coalesce(teams.name, delivered_values.delivered_value)
            when 'priority' then {{ hubspot_priority("delivered_values.delivered_value") }}
            else delivered_values.delivered_value
        end as new_value
    from delivered_values
    left join stages
        on
            delivered_values.event_type = 'status'
            and delivered_values.source_system = stages.source_system
            and lower(delivered_values.delivered_value) = stages.stage
    left join teams
        on
            delivered_values.event_type = 'team'
            and delivered_values.source_system = teams.source_system
            and delivered_values.delivered_value = teams.team_id
    where delivered_values.occurred_at is not null
),

values_in_order as (

    select
        *,
        lag(new_value) over of_the_property as old_value,
        row_number() over of_the_property = 1 as is_first
    from named_values
    window of_the_property as (
        partition by source_system, _load_sequence, _row_number, event_type
        order by occurred_at asc, place desc
    )
),

changes as (

    select
        *,
        ticket_id || '-' || event_type || '-' || epoch_ms(occurred_at) as event_id
    from values_in_order
    where
        new_value is distinct from old_value
        and (
            not is_first
            or (event_type <> 'status' and occurred_at > created_at + interval 1 second)
        )
    qualify row_number() over (
        partition by source_system, event_id
        order by _load_sequence, _row_number, place
    ) = 1
)

select
    changes.source_system,
    changes.event_id,
    changes.ticket_id,
    changes.occurred_at,
    changes.event_type,
    owners.owner_id as actor_id,
    case when owners.owner_id is not null then 'agent' else 'system' end as actor_type,
    changes.old_value,
    changes.new_value,

    changes.occurred_at as updated_at,
    false as is_deleted,

    changes._load_id,
    changes._load_sequence,
    changes._loaded_at,
    changes._file,
    changes._row_number * 10000 + changes.place as _row_number,
    changes._extra,
    changes._is_tombstone
from changes
left join owners
    on
        changes.source_system = owners.source_system
        and changes.user_id = owners.user_id
