-- Grain: one row per delivered version of a ticket of Zendesk.
-- Teams go by the name that their group has now. A merge is told by the ticket that took over. Deleted tickets come as
-- such, with the status deleted; what they were before is in their events.

{{ config(materialized="view") }}

with tickets as (

    select * from {{ ref("base_zendesk__tickets") }}
),

latest_groups as (

    select * from {{ latest_delivered(ref("base_zendesk__groups"), "group_id") }} as delivered
),

user_roles as (

    select * from {{ ref("base_zendesk__user_roles") }}
),

merged_tickets as (

    select
        source_system,
        ticket_id as merged_into_ticket_id,
        {{ each_json_text("merged_ticket_ids") }} as ticket_id
    from {{ ref("base_zendesk__ticket_events") }}
),

merges as (

    select
        source_system,
        ticket_id,
        max(merged_into_ticket_id) as merged_into_ticket_id
    from merged_tickets
    group by source_system, ticket_id
)

select
    tickets.source_system,
    tickets.ticket_id,
    tickets.requester_id,
    tickets.requester_email,
    tickets.organization_id as account_id,
    tickets.assignee_id,
    coalesce(latest_groups.name, tickets.group_name, tickets.group_id) as team,
    {{ zendesk_channel("tickets.via_channel") }} as channel,
    tickets.subject,
    tickets.description,
    tickets.type,
    tickets.priority,
    case when tickets.zendesk_status = 'deleted' then 'closed' else tickets.zendesk_status end as status,
    tickets.tags,
    tickets.created_at,
    tickets.solved_at,
    case
        when user_roles.was_ever_agent and tickets.submitter_id <> tickets.requester_id then 'agent'
        else 'customer'
    end as submitter_type,
    merges.merged_into_ticket_id,
    case when tickets.via_relation = 'follow_up' then tickets.via_ticket_id end as follow_up_of_ticket_id,
    {{ zendesk_satisfaction("tickets.satisfaction_score") }} as satisfaction,

    tickets.updated_at,
    tickets.is_deleted,

    tickets._load_id,
    tickets._load_sequence,
    tickets._loaded_at,
    tickets._file,
    tickets._row_number,
    tickets._extra,
    tickets._is_tombstone
from tickets
left join latest_groups
    on
        tickets.source_system = latest_groups.source_system
        and tickets.group_id = latest_groups.group_id
left join user_roles
    on
        tickets.source_system = user_roles.source_system
        and tickets.submitter_id = user_roles.user_id
left join merges
    on
        tickets.source_system = merges.source_system
        and tickets.ticket_id = merges.ticket_id
