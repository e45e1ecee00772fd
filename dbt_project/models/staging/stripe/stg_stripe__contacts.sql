-- Grain: one row per delivered version of a customer of Stripe.
-- The last word of a name is taken for the family name; that of a company is no person's. Customers of test mode and of
-- sandboxes are tests.

{{ config(materialized="view") }}

with customers as (

    select * from {{ ref("base_stripe__payers") }}
)

select
    source_system,
    customer_id as contact_id,
    case when is_company then customer_id end as account_id,
    case
        when person_name like '% %'
            then trim(left(person_name, length(person_name) - length(split_part(person_name, ' ', -1))))
        else person_name
    end as first_name,
    case when person_name like '% %' then split_part(person_name, ' ', -1) end as last_name,
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
