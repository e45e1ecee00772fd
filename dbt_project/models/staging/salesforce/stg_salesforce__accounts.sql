-- Grain: one row per delivered version of an account of Salesforce; that of a person counts as a household.

{{ config(materialized="view") }}

with accounts as (

    select * from {{ ref("base_salesforce__accounts") }}
)

select
    source_system,
    account_id,
    coalesce(name, account_id) as name,
    case when is_person_account then 'household' else 'company' end as account_type,
    {{ domain_of("website") }} as domain,
    industry,
    cast(employee_count as bigint) as employee_count,
    cast(annual_revenue as decimal(18, 4)) as annual_revenue,
    currency,
    country,
    owner_id,
    parent_id as parent_account_id,
    master_record_id as merged_into_id,
    created_at,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from accounts
