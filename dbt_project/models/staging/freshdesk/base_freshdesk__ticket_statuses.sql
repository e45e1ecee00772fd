-- Grain: one row per status of tickets of a Freshdesk account, by its number and by its name, with its status here.
-- Freshdesk's own numbers are known; of the others the name that agents see tells, and what it does not tell is open:
-- only resolved and closed tickets are done.

{{ config(materialized="view") }}

with latest_fields as (

    select * from {{ latest_delivered(ref("base_freshdesk__ticket_fields"), "field_id") }} as delivered
),

status_fields as (

    select
        source_system,
        case when left(choices, 1) = '{' then choices end as choices
    from latest_fields
    where type = 'default_status'
),

choices as (

    select
        source_system,
        {{ each_json_key("choices") }} as status_number,
        {{ each_json_value("choices") }} as labels
    from status_fields
),

named_choices as (

    select
        source_system,
        status_number,
        lower(trim({{ json_first("labels") }})) as name
    from choices
),

statuses as (

    select
        *,
        coalesce({{ freshdesk_status("status_number") }}, {{ freshdesk_status("name") }}, 'open') as status
    from named_choices
),

by_number_and_name as (

    select
        source_system,
        status_number as freshdesk_status,
        status
    from statuses

    union all

    select
        source_system,
        name as freshdesk_status,
        status
    from statuses
    where name is not null
)

select
    source_system,
    freshdesk_status,
    min(status) as status
from by_number_and_name
group by source_system, freshdesk_status
