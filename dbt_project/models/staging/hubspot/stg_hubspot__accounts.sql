-- Grain: one row per delivered version of a company of HubSpot, and one per company that was merged into another.
-- The company that took over names those that it took over; HubSpot delivers these no more. What was last delivered of
-- them becomes a deleted version, a moment before the first version that tells of the merge.

{{ config(materialized="view") }}

with companies as (

    select * from {{ ref("base_hubspot__companies") }}
),

last_delivered as (

    select * from {{ latest_delivered("companies", "company_id") }} as companies
),

taken_over as (

    select
        *,
        {{ hubspot_each("merged_ids") }} as merged_company_id
    from companies
),

merges as (

    select *
    from taken_over
    where
        merged_company_id <> ''
        and merged_company_id <> company_id
    qualify row_number() over (
        partition by source_system, merged_company_id, company_id
        order by _load_sequence, _row_number
    ) = 1
),

latest_merges as (

    select *
    from merges
    qualify row_number() over (
        partition by source_system, merged_company_id
        order by _load_sequence desc, _row_number desc
    ) = 1
),

delivered as (

    select
        companies.*,
        latest_merges.company_id as merged_into_id,
        0 as place
    from companies
    left join latest_merges
        on
            companies.source_system = latest_merges.source_system
            and companies.company_id = latest_merges.merged_company_id
),

merged as (

    select
        merges.source_system,
        merges.merged_company_id as company_id,
        last_delivered.name,
        last_delivered.domain,
        last_delivered.created_at,
        merges.company_id as merged_into_id,
        merges.updated_at - interval 1 millisecond as updated_at,
        true as is_deleted,
        merges._load_id,
        merges._load_sequence,
        merges._loaded_at,
        merges._file,
        merges._row_number,
        cast(null as varchar) as _extra,
        false as _is_tombstone,
        row_number() over (
            partition by merges.source_system, merges._load_sequence, merges._row_number
            order by merges.merged_company_id
        ) as place
    from merges
    left join last_delivered
        on
            merges.source_system = last_delivered.source_system
            and merges.merged_company_id = last_delivered.company_id
),

versions as (

    select * from delivered
    union all by name
    select * from merged
)

select
    source_system,
    company_id as account_id,
    coalesce(name, domain) as name,
    'company' as account_type,
    domain,
    industry,
    cast(employee_count as bigint) as employee_count,
    cast(annual_revenue as decimal(18, 4)) as annual_revenue,
    country,
    tier,
    owner_id,
    parent_company_id as parent_account_id,
    merged_into_id,
    created_at,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10000 + place as _row_number,
    _extra,
    _is_tombstone
from versions
