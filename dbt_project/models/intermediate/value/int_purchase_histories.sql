-- Grain: one row per known customer with a completed purchase up to as_of: what the value models see of a customer.
-- Time in weeks (days / 7). The first purchase makes a customer; it is neither a repeat nor part of the repeat mean,
-- because first baskets differ from later ones. Days whose amounts have no rate count as purchases, not in the mean.

with purchase_days as (

    select * from {{ ref("int_purchase_days") }}
),

int_purchase_histories as (

    select
        customer_id,

        cast(count(*) - 1 as bigint) as repeat_days,
        cast(sum(order_count) as bigint) as order_count,
        {{ days_between("min(purchase_date)", "max(purchase_date)") }} / 7.0 as recency_weeks,
        {{ days_between("min(purchase_date)", as_of_date()) }} / 7.0 as observed_weeks,
        cast(avg(amount) filter (where purchase_number > 1) as double) as repeat_day_net_mean,

        min(purchase_date) as first_purchase_date,
        min(purchase_date) filter (where purchase_number = 2) as second_purchase_date,
        max(purchase_date) as last_purchase_date
    from purchase_days
    group by customer_id
)

select * from int_purchase_histories
