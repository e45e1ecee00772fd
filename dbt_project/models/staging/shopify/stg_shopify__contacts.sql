-- Grain: one row per delivered version of a customer of Shopify.
-- Who has not ordered left an address only, and is a lead.

{{ config(materialized="view") }}

with customers as (

    select * from {{ ref("base_shopify__customers") }}
)

select
    source_system,
    customer_id as contact_id,
    first_name,
    last_name,
    email,
    phone,
    country,
    region,
    city,
    street,
    postal_code,
    case
        when orders_count > 0 then 'customer'
        when orders_count = 0 then 'lead'
    end as lifecycle_stage,
    case
        when email_consent = 'subscribed' then true
        when email_consent in ('not_subscribed', 'unsubscribed', 'redacted', 'invalid') then false
    end as marketing_consent,
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
from customers
