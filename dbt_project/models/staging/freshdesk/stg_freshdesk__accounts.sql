-- Grain: one row per delivered version of a company of Freshdesk.
-- A company with several domains is known by the first.

{{ config(materialized="view") }}

with companies as (

    select * from {{ ref("base_freshdesk__companies") }}
)

select
    source_system,
    company_id as account_id,
    name,
    'company' as account_type,
    {{ json_first("domains") }} as domain,
    industry,
    account_tier as tier,
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
from companies
