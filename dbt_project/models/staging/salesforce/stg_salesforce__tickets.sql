-- Grain: one row per delivered version of a case of Salesforce.
-- A queue that holds a case is its team, else that is the department of the user who does. The person of a person
-- account asks if no contact does. A case that was merged into another is in the recycle bin, but merged, not deleted.

{{ config(materialized="view") }}

with cases as (

    select * from {{ ref("base_salesforce__cases") }}
),

status_names as (

    select * from {{ ref("base_salesforce__case_status_names") }}
),

accounts as (

    select * from {{ latest_delivered(ref("base_salesforce__accounts"), "account_id") }} as delivered
),

queues as (

    select * from {{ latest_delivered(ref("base_salesforce__groups"), "group_id") }} as delivered
),

users as (

    select * from {{ latest_delivered(ref("base_salesforce__users"), "user_id") }} as delivered
)

select
    cases.source_system,
    cases.case_id as ticket_id,
    coalesce(cases.contact_id, accounts.person_contact_id) as requester_id,
    cases.requester_email,
    cases.requester_phone,
    cases.account_id,
    case when {{ salesforce_is_a("cases.owner_id", "005") }} then cases.owner_id end as assignee_id,
    coalesce(queues.name, owners.department) as team,
    {{ salesforce_channel("cases.origin") }} as channel,
    cases.subject,
    cases.description,
    cases.reason as category,
    cases.type,
    {{ salesforce_priority("cases.priority") }} as priority,
    case
        when cases.is_closed then 'closed'
        else coalesce(status_names.status, 'open')
    end as status,
    cases.created_at,
    cases.closed_at as solved_at,
    case
        when cases.supplied_email is not null or lower(cases.origin) in ('email', 'web') then 'customer'
        when {{ salesforce_actor_type("creators.user_type") }} in ('agent', 'customer')
            then {{ salesforce_actor_type("creators.user_type") }}
    end as submitter_type,
    cases.master_record_id as merged_into_ticket_id,

    cases.updated_at,
    cases.is_deleted and cases.master_record_id is null as is_deleted,

    cases._load_id,
    cases._load_sequence,
    cases._loaded_at,
    cases._file,
    cases._row_number,
    cases._extra,
    cases._is_tombstone
from cases
left join status_names
    on
        cases.source_system = status_names.source_system
        and lower(cases.status) = status_names.name
left join accounts
    on
        cases.source_system = accounts.source_system
        and cases.account_id = accounts.account_id
left join queues
    on
        cases.source_system = queues.source_system
        and cases.owner_id = queues.group_id
left join users as owners
    on
        cases.source_system = owners.source_system
        and cases.owner_id = owners.user_id
left join users as creators
    on
        cases.source_system = creators.source_system
        and cases.created_by_id = creators.user_id
