-- Grain: one row per known customer and local day with a completed purchase. Several orders of one day are one
-- purchase.
-- Money is net of discount, in the reporting currency; refunds are apart, on their own days.

with orders as (

    select *
    from {{ ref("int_orders_priced") }}
    where
        is_completed
        and not is_test
        and customer_id <> '-1'
),

purchase_days as (

    select
        customer_id,
        ordered_date as purchase_date,
        count(*) as order_count,
        sum(amount) as amount
    from orders
    group by customer_id, ordered_date
),

int_purchase_days as (

    select
        customer_id,

        row_number() over (partition by customer_id order by purchase_date) as purchase_number,
        order_count,
        {{ money("amount") }} as amount,

        purchase_date,
        lead(purchase_date) over (partition by customer_id order by purchase_date) as next_purchase_date
    from purchase_days
)

select * from int_purchase_days
