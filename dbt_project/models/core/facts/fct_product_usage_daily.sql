-- Grain: one row per account or contact, product and day on which the use of it was counted, up to as_of; as the
-- source delivers them, so that a person with two contacts has a row for each.
-- The customer's version is the one that held when the day began.

with usage as (

    select
        *,
        {{ local_midnight("usage_date") }} as day_began_at,
        {{ reference_key("source_system", "contact_id", "cast(null as varchar)", "cast(null as varchar)") }}
        as reference_key
    from {{ ref("int_product_usage_current") }}
    where
        not coalesce(is_deleted, false)
        and usage_date <= {{ as_of_date() }}
),

references_of_facts as (

    select * from {{ ref("int_references_resolved") }}
),

accounts as (

    select * from {{ ref("int_accounts_resolved") }}
),

products as (

    select * from {{ ref("dim_products") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

test_customers as (

    select customer_id
    from {{ ref("dim_customers") }}
    where
        is_test
        and is_current
),

fct_product_usage_daily as (

    select
        {{ surrogate_key([
            "usage.source_system", "usage.account_id", "usage.contact_id", "usage.product_id", "usage.usage_date"
        ]) }} as product_usage_key,
        usage.source_system,
        coalesce(customers.customer_key, -1) as customer_key,
        coalesce(references_of_facts.customer_id, '-1') as customer_id,
        coalesce(accounts.account_id, '-1') as account_id,
        coalesce(products.product_key, -1) as product_key,
        usage.product_id,

        customers.segment,
        customers.country,

        usage.active_events,
        usage.seats_used,

        usage.active_events > 0 as is_active,
        test_customers.customer_id is not null as is_test,

        usage.usage_date
    from usage
    left join references_of_facts on usage.reference_key = references_of_facts.reference_key
    left join accounts
        on
            usage.source_system = accounts.source_system
            and usage.account_id = accounts.source_account_id
    left join products
        on
            usage.source_system = products.source_system
            and usage.product_id = products.product_id
    left join customers
        on
            references_of_facts.customer_id = customers.customer_id
            and usage.day_began_at >= customers.valid_from
            and usage.day_began_at < customers.valid_to
    left join test_customers on references_of_facts.customer_id = test_customers.customer_id
)

select * from fct_product_usage_daily
