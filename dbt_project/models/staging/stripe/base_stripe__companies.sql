-- Grain: one row per customer of Stripe that is a company.
-- Stripe has no companies: what was delivered of a customer last decides.

{{ config(materialized="view") }}

with customers as (

    select
        source_system,
        customer_id,
        {{ stripe_is_company() }} as is_company
    from {{ latest_delivered(ref("base_stripe__customers"), "customer_id") }} as delivered
)

select
    source_system,
    customer_id
from customers
where is_company
