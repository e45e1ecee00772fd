-- Grain: one row per delivered version of a customer of Stripe.
-- The last word of a name is taken for the family name. Customers of test mode and of sandboxes are tests.

{{ config(materialized="view") }}

with customers as (

    select * from {{ ref("base_stripe__customers") }}
)

select
    source_system,
    customer_id as contact_id,
    case
        when name like '% %' then trim(left(name, length(name) - length(split_part(name, ' ', -1))))
        else name
    end as first_name,
    case when name like '% %' then split_part(name, ' ', -1) end as last_name,
    email,
    phone,
    country,
    region,
    city,
    street,
    postal_code,
    language,
    created_at,
    not is_live as is_test,

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
