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

        row_number() over so_far as purchase_number,
        cast(sum(order_count) over so_far - order_count as bigint) as earlier_order_count,
        order_count,
        {{ money("amount") }} as amount,

        purchase_date,
        lead(purchase_date) over so_far as next_purchase_date
    from purchase_days
    window so_far as (
        partition by customer_id
        order by purchase_date
        rows between unbounded preceding and current row
    )
)

select * from int_purchase_days
