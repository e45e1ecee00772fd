-- Grain: one row per stage of tickets of a HubSpot account, by its number and by its name, with its status here.
-- A stage that a pipeline lists is closed if its state is CLOSED; of the open ones the first is new, the one named as
-- HubSpot names it is pending, the others are open. Without the list the stages of HubSpot's own pipeline are known;
-- of others those are closed whose tickets mostly have a closing date. A name is all that an export file has.

{{ config(materialized="view") }}

with latest_pipelines as (

    select * from {{ latest_delivered(ref("base_hubspot__ticket_pipelines"), "pipeline_id") }} as delivered
),

stages_as_json as (

    select
        source_system,
        pipeline_id,
        {{ each_json_element("stages") }} as stage
    from latest_pipelines
),

listed_stages as (

    select
        source_system,
        pipeline_id,
        {{ json_text("stage", "id") }} as stage_id,
        {{ json_text("stage", "label") }} as label,
        coalesce({{ json_text("stage", "metadata.ticketState") }} = 'CLOSED', false) as is_closed,
        try_cast({{ json_text("stage", "displayOrder") }} as integer) as place
    from stages_as_json
),

stages_with_status as (

    select
        *,
        case
            when is_closed then 'closed'
            when
                row_number() over (partition by source_system, pipeline_id, is_closed order by place, stage_id) = 1
                then 'new'
            when lower(label) = 'waiting on contact' then 'pending'
            else 'open'
        end as status
    from listed_stages
),

stages_of_tickets as (

    select
        source_system,
        lower(stage_id) as stage,
        case when avg(case when closed_at is null then 0 else 1 end) > 0.5 then 'closed' else 'open' end as status
    from {{ ref("base_hubspot__tickets") }}
    where stage_id is not null
    group by source_system, lower(stage_id)
),

claims as (

    select
        source_system,
        lower(stage_id) as stage,
        status,
        1 as rank
    from stages_with_status

    union all

    select
        source_system,
        lower(label) as stage,
        status,
        2 as rank
    from stages_with_status
    where label is not null

    union all

    select
        source_system,
        stage,
        coalesce({{ hubspot_stage_status("stage") }}, status) as status,
        3 as rank
    from stages_of_tickets
)

select
    source_system,
    stage,
    status
from claims
qualify row_number() over (partition by source_system, stage order by rank, status) = 1
