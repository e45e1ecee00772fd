-- Grain: one row per order of a source system that exists at as_of, with its customer and its value in the reporting
-- currency.
-- Pending and cancelled orders are here, flagged; only completed ones are revenue. An order without a status is
-- completed: exports of shops that only list paid orders have no such column.

with orders as (

    select
        *,
        {{ local_date("ordered_at") }} as ordered_date,
        {{ currency_code("currency") }} as order_currency,
        {{ reference_key("source_system", "contact_id", "email", "phone") }} as reference_key
    from {{ ref("int_orders_current") }}
    where
        not coalesce(is_deleted, false)
        and ordered_at < {{ as_of_cut() }}
),

references_of_facts as (

    select * from {{ ref("int_references_resolved") }}
),

accounts as (

    select * from {{ ref("int_accounts_resolved") }}
),

test_customers as (

    select customer_id
    from {{ ref("int_customer_versions") }}
    where
        is_test
        and valid_to > {{ as_of_cut() }}
),

exchange_rates as (

    select * from {{ ref("int_exchange_rates_daily") }}
),

int_orders_priced as (

    select
        {{ surrogate_key(["orders.source_system", "orders.order_id"]) }} as order_key,
        orders.source_system,
        orders.order_id,
        coalesce(references_of_facts.customer_id, '-1') as customer_id,
        coalesce(accounts.account_id, '-1') as account_id,

        coalesce(orders.status, 'completed') as status,
        orders.channel,
        orders.platform,
        orders.location_id,
        orders.device,
        orders.touchpoint,
        orders.campaign_id,
        orders.order_currency as currency,

        orders.gross_amount,
        orders.discount_amount,
        orders.tax_amount,
        orders.shipping_amount,
        orders.net_amount,
        orders.cost_amount,
        {{ rate_to_reporting("orders.order_currency", "exchange_rates.rate") }} as exchange_rate,
        {{ in_reporting_currency("orders.net_amount", "orders.order_currency", "exchange_rates.rate") }} as amount,
        {{ in_reporting_currency("orders.cost_amount", "orders.order_currency", "exchange_rates.rate") }} as cost,

        coalesce(orders.status, 'completed') = 'completed' as is_completed,
        test_customers.customer_id is not null as is_test,

        orders.ordered_date,
        orders.ordered_at
    from orders
    left join references_of_facts on orders.reference_key = references_of_facts.reference_key
    left join accounts
        on
            orders.source_system = accounts.source_system
            and orders.account_id = accounts.source_account_id
    left join test_customers on references_of_facts.customer_id = test_customers.customer_id
    left join exchange_rates
        on
            orders.order_currency = exchange_rates.from_currency
            and orders.ordered_date = exchange_rates.rate_date
)

select * from int_orders_priced
