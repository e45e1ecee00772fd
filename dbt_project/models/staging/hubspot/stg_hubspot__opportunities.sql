-- Grain: one row per delivered version of a deal of HubSpot.
-- A deal that was merged into another is deleted: its amount is in the one that took over. HubSpot has one date,
-- which is the day of the decision where there is one and the expected day before.

{{ config(materialized="view") }}

with deals as (

    select * from {{ ref("base_hubspot__deals") }}
),

taken_over as (

    select
        source_system,
        deal_id as merged_into_deal_id,
        trim({{ hubspot_each("merged_ids") }}) as deal_id
    from deals
),

merges as (

    select distinct
        source_system,
        deal_id
    from taken_over
    where deal_id <> merged_into_deal_id
)

select
    deals.source_system,
    deals.deal_id as opportunity_id,
    deals.company_id as account_id,
    deals.contact_id,
    deals.name,
    coalesce(deals.stage, 'unknown') as stage,
    deals.amount,
    deals.currency,
    deals.probability,
    deals.owner_id,
    deals.created_at,
    case when not deals.is_closed then {{ local_date("deals.closes_at") }} end as expected_close_on,
    case when deals.is_closed then deals.closes_at end as closed_at,
    deals.is_closed,
    deals.is_won,
    deals.lost_reason,

    deals.updated_at,
    deals.is_deleted or merges.deal_id is not null as is_deleted,

    deals._load_id,
    deals._load_sequence,
    deals._loaded_at,
    deals._file,
    deals._row_number,
    deals._extra,
    deals._is_tombstone
from deals
left join merges
    on
        deals.source_system = merges.source_system
        and deals.deal_id = merges.deal_id
