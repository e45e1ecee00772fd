-- Grain: one row per delivered version of a customer of Stripe that is a company.

{{ config(materialized="view") }}

with companies as (

    select *
    from {{ ref("base_stripe__payers") }}
    where is_company
)

select
    source_system,
    customer_id as account_id,
    company_name as name,
    'company' as account_type,
    country,
    company_ids as external_ids,
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
