-- Grain: one row per delivered version of an event: a comment, a field that changed, or a merge.
-- What was set when the ticket was created is no event: the replay knows it from the first change. Zendesk's own doing
-- (user -1) is the system's. Who ever was an agent is one here: what they were at the time the agents' history says.
-- A record yields several rows; their places make the number of the row unique.

{% set fields = {
    "status": "status",
    "assignee_id": "assignee",
    "group_id": "team",
    "priority": "priority",
    "satisfaction_score": "satisfaction",
} -%}

{{ config(materialized="view") }}

with changes as (

    select * from {{ ref("base_zendesk__ticket_events") }}
),

latest_groups as (

    select * from {{ latest_delivered(ref("base_zendesk__groups"), "group_id") }} as delivered
),

user_roles as (

    select * from {{ ref("base_zendesk__user_roles") }}
),

parts as (

    select
        *,
        {{ each_json_element("child_events") }} as part,
        {{ each_json_place("child_events") }} as place
    from changes
),

comments as (

    select
        *,
        {{ json_text("part", "id") }} as event_id,
        'comment' as event_type,
        coalesce({{ json_text("part", "author_id") }}, updater_id) as actor_id,
        cast({{ json_text("part", "public") }} as boolean) as is_public,
        cast(null as varchar) as old_value,
        cast(null as varchar) as new_value,
        coalesce({{ json_text("part", "plain_body") }}, {{ json_text("part", "body") }}) as body
    from parts
    where {{ json_text("part", "event_type") }} = 'Comment'
),

changed_fields as (

    {% for field, event_type in fields.items() -%}
    select
        *,
        {{ json_text("part", "id") }} as event_id,
        '{{ event_type }}' as event_type,
        updater_id as actor_id,
        cast(null as boolean) as is_public,
        {{ json_text("part", "previous_value") }} as old_value,
        {{ json_text("part", field) }} as new_value,
        cast(null as varchar) as body
    from parts
    where
        {{ json_text("part", "event_type") }} = 'Change'
        and {{ json_has("part", field) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

taken_over as (

    select
        *,
        {{ each_json_text("merged_ticket_ids") }} as merged_ticket_id,
        5000 + {{ each_json_place("merged_ticket_ids") }} as place
    from changes
),

merges as (

    select
        * exclude (merged_ticket_id, ticket_id),
        merged_ticket_id as ticket_id,
        cast(null as json) as part,
        change_id || '-' || merged_ticket_id as event_id,
        'merge' as event_type,
        updater_id as actor_id,
        cast(null as boolean) as is_public,
        cast(null as varchar) as old_value,
        ticket_id as new_value,
        cast(null as varchar) as body
    from taken_over
),

events as (

    select * from comments
    union all by name
    select * from changed_fields
    union all by name
    select * from merges
)

select
    events.source_system,
    events.event_id,
    events.ticket_id,
    events.created_at as occurred_at,
    events.event_type,
    events.actor_id,
    case
        when events.actor_id = '-1' then 'system'
        when user_roles.was_ever_agent then 'agent'
        when user_roles.user_id is not null then 'customer'
    end as actor_type,
    events.is_public,
    case events.event_type
        when 'team' then coalesce(old_groups.name, events.old_value)
        when 'satisfaction' then {{ zendesk_satisfaction("events.old_value") }}
        else events.old_value
    end as old_value,
    case events.event_type
        when 'team' then coalesce(new_groups.name, events.new_value)
        when 'satisfaction' then {{ zendesk_satisfaction("events.new_value") }}
        else events.new_value
    end as new_value,
    events.body,

    events.updated_at,
    events.is_deleted,

    events._load_id,
    events._load_sequence,
    events._loaded_at,
    events._file,
    events._row_number * 10000 + events.place as _row_number,
    events._extra,
    events._is_tombstone
from events
left join user_roles
    on
        events.source_system = user_roles.source_system
        and events.actor_id = user_roles.user_id
left join latest_groups as old_groups
    on
        events.event_type = 'team'
        and events.source_system = old_groups.source_system
        and events.old_value = old_groups.group_id
left join latest_groups as new_groups
    on
        events.event_type = 'team'
        and events.source_system = new_groups.source_system
        and events.new_value = new_groups.group_id
