-- Grain: one row per delivered version of a customer of Stripe, which is a company or a person.
-- The name of a company is no person's, unless another one is beside it.

{{ config(materialized="view") }}

with customers as (

    select
        *,
        {{ stripe_company_ids() }} as company_ids
    from {{ ref("base_stripe__customers") }}
),

companies as (

    select * from {{ ref("base_stripe__companies") }}
),

with_kinds as (

    select
        customers.*,
        companies.customer_id is not null as is_company
    from customers
    left join companies
        on
            customers.source_system = companies.source_system
            and customers.customer_id = companies.customer_id
)

select
    source_system,
    customer_id,

    coalesce(business_name, name) as company_name,
    coalesce(individual_name, case when not is_company or name <> business_name then name end) as person_name,
    email,
    phone,
    country,
    region,
    city,
    street,
    postal_code,
    language,
    company_ids,

    is_company,
    is_live,

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
from with_kinds
