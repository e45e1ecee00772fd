-- Grain: one row per delivered version of a customer of Stripe that is a company: whoever Stripe writes to pays for it.

{{ config(materialized="view") }}

with companies as (

    select *
    from {{ ref("base_stripe__payers") }}
    where is_company
)

select
    source_system,
    customer_id as account_id,
    customer_id as contact_id,
    'payer' as role,
    created_at as valid_from,
    cast(null as timestamptz) as valid_to,

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
