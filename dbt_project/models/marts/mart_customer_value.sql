-- Grain: one row per buyer and month (customer_id, month_start); the month of as_of is the current one (is_current).
-- Shares of revenue count a customer whose refunds exceed the purchases as zero, so that no cumulative share passes 100
-- %.

with customer_values as (

    select * from {{ ref("int_customer_values_scored") }}
),

ranked as (

    select
        *,
        greatest(net_revenue, 0) as ranked_revenue,
        rank() over (partition by month_start order by net_revenue desc) as revenue_rank,
        row_number() over (partition by month_start order by net_revenue desc, customer_id asc) as revenue_position,
        count(*) over (partition by month_start) as buyer_count,
        sum(greatest(net_revenue, 0)) over (partition by month_start) as total_revenue,
        sum(greatest(net_revenue, 0)) over (
            partition by month_start
            order by net_revenue desc, customer_id asc
            rows between unbounded preceding and current row
        ) as cumulative_revenue
    from customer_values
),

mart_customer_value as (

    select
        customer_id,
        month_start,

        segment,
        country,
        rfm_segment,
        {{ reporting_currency() }} as currency,

        order_count,
        purchase_day_count,
        days_since_last_purchase,
        revenue,
        refunded,
        net_revenue,
        clv_historic,
        clv_expected,
        recency_score,
        frequency_score,
        monetary_score,
        repeat_days,
        recency_weeks,
        observed_weeks,
        repeat_day_net_mean,
        p_alive,
        p_alive_bgnbd,
        expected_purchases,
        expected_purchases_bgnbd,
        expected_purchase_value,
        cast(revenue_rank as bigint) as revenue_rank,
        {{ percent("revenue_position", "buyer_count") }} as cumulative_customer_share,
        {{ percent("cumulative_revenue", "total_revenue") }} as cumulative_revenue_share,

        revenue_position <= ceil(buyer_count / 5.0) as is_top20,
        is_inactive,
        is_current,

        first_purchase_date,
        last_purchase_date,
        value_date
    from ranked
)

select * from mart_customer_value
