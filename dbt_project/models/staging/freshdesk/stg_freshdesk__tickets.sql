-- Grain: one row per delivered version of a ticket of Freshdesk.
-- Teams go by the name that their group has now. Only the note that Freshdesk leaves on a merged ticket tells of the
-- merge. A ticket that agents sent out (outbound e-mail) is theirs.

{{ config(materialized="view") }}

with tickets as (

    select * from {{ ref("base_freshdesk__tickets") }}
),

latest_groups as (

    select * from {{ latest_delivered(ref("base_freshdesk__groups"), "group_id") }} as delivered
),

ticket_statuses as (

    select * from {{ ref("base_freshdesk__ticket_statuses") }}
),

merges as (

    select
        source_system,
        ticket_id,
        max({{ freshdesk_merged_into("body") }}) as merged_into_ticket_id
    from {{ ref("base_freshdesk__conversations") }}
    where is_private
    group by source_system, ticket_id
)

select
    tickets.source_system,
    tickets.ticket_id,
    tickets.requester_id,
    tickets.email as requester_email,
    tickets.phone as requester_phone,
    tickets.company_id as account_id,
    tickets.responder_id as assignee_id,
    coalesce(latest_groups.name, tickets.group_name, tickets.group_id) as team,
    {{ freshdesk_channel("tickets.freshdesk_source") }} as channel,
    tickets.subject,
    tickets.description,
    tickets.type,
    tickets.product_id,
    {{ freshdesk_priority("tickets.freshdesk_priority") }} as priority,
    case
        when tickets.freshdesk_status is not null
            then coalesce({{ freshdesk_status("tickets.freshdesk_status") }}, ticket_statuses.status, 'open')
    end as status,
    {{ freshdesk_tags("tickets.tags") }} as tags,
    tickets.created_at,
    case when lower(tickets.freshdesk_source) in ('10', 'outbound email') then 'agent' else 'customer' end
        as submitter_type,
    tickets.is_spam,
    merges.merged_into_ticket_id,
    {{ freshdesk_satisfaction_in_words("tickets.survey_results") }} as satisfaction,

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
left join ticket_statuses
    on
        tickets.source_system = ticket_statuses.source_system
        and lower(tickets.freshdesk_status) = ticket_statuses.freshdesk_status
left join merges
    on
        tickets.source_system = merges.source_system
        and tickets.ticket_id = merges.ticket_id
