-- Grain: one row per delivered version of a ticket of HubSpot.
-- The person who asks is the first contact of the ticket. Teams go by the name that they have now. The ticket that took
-- over names those that were merged into it.

{{ config(materialized="view") }}

with tickets as (

    select * from {{ ref("base_hubspot__tickets") }}
),

stages as (

    select * from {{ ref("base_hubspot__ticket_stages") }}
),

teams as (

    select * from {{ ref("base_hubspot__teams") }}
),

taken_over as (

    select
        source_system,
        _load_sequence,
        _row_number,
        ticket_id as merged_into_ticket_id,
        trim({{ hubspot_each("merged_ids") }}) as ticket_id
    from tickets
),

merges as (

    select *
    from taken_over
    where ticket_id <> merged_into_ticket_id
    qualify row_number() over (
        partition by source_system, ticket_id
        order by _load_sequence desc, _row_number desc
    ) = 1
)

select
    tickets.source_system,
    tickets.ticket_id,
    tickets.contact_id as requester_id,
    tickets.company_id as account_id,
    tickets.owner_id as assignee_id,
    coalesce(teams.name, tickets.team_id) as team,
    case lower(tickets.source_type)
        when 'form' then 'web'
        else coalesce(lower(tickets.source_type), 'unknown')
    end as channel,
    tickets.subject,
    tickets.content as description,
    tickets.category,
    {{ hubspot_priority("tickets.hubspot_priority") }} as priority,
    coalesce(stages.status, 'open') as status,
    tickets.created_at,
    tickets.closed_at as solved_at,
    case when lower(tickets.source_type) in ('email', 'chat', 'form') then 'customer' end as submitter_type,
    merges.merged_into_ticket_id,

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
left join stages
    on
        tickets.source_system = stages.source_system
        and lower(tickets.stage_id) = stages.stage
left join teams
    on
        tickets.source_system = teams.source_system
        and tickets.team_id = teams.team_id
left join merges
    on
        tickets.source_system = merges.source_system
        and tickets.ticket_id = merges.ticket_id
