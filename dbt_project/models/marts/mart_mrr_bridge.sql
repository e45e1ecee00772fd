-- Grain: one row per complete month, product and segment. Rows of product 'all' carry the bridge; a movement belongs to
-- the customer, not to a product, so rows of one product carry only the recurring revenue at the close (product_mrr).
-- Sums over the table therefore count nothing twice.

with movements as (

    select * from {{ ref("fct_mrr_movements") }}
),

monthly as (

    select * from {{ ref("fct_mrr_monthly") }}
),

bridge as (

    select
        month_start,
        'all' as product_id,
        coalesce(segment, 'unknown') as segment,
        currency,
        count(*) filter (where is_at_start) as start_customers,
        count(*) filter (where movement_type = 'new') as new_customers,
        count(*) filter (where movement_type = 'reactivation') as reactivated_customers,
        count(*) filter (where movement_type = 'churn') as churned_customers,
        count(*) filter (where is_at_end) as end_customers,
        {% for part in [
            "start_mrr", "new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "fx_effect",
            "end_mrr", "retained_mrr",
        ] -%}
        {{ money("sum(" ~ part ~ ")") }} as {{ part }},
        {% endfor -%}
        sum(unconverted_count) as unconverted_count
    from movements
    group by month_start, coalesce(segment, 'unknown'), currency
),

product_states as (

    select
        monthly.month_start,
        case monthly.product_id when '-1' then 'unknown' else monthly.product_id end as product_id,
        coalesce(movements.segment, 'unknown') as segment,
        {{ reporting_currency() }} as currency,
        {{ money("sum(monthly.amount)") }} as product_mrr
    from monthly
    inner join movements
        on
            monthly.month_start = movements.month_start
            and monthly.mrr_customer_id = movements.mrr_customer_id
    group by
        monthly.month_start,
        case monthly.product_id when '-1' then 'unknown' else monthly.product_id end,
        coalesce(movements.segment, 'unknown')
),

all_rows as (

    select * from bridge
    union all by name
    select * from product_states
),

mart_mrr_bridge as (

    select
        month_start,
        product_id,
        segment,
        currency,

        start_customers,
        new_customers,
        reactivated_customers,
        churned_customers,
        end_customers,
        start_mrr,
        new_mrr,
        reactivation_mrr,
        expansion_mrr,
        contraction_mrr,
        churned_mrr,
        fx_effect,
        end_mrr,
        retained_mrr,
        product_mrr,
        cast(unconverted_count as bigint) as unconverted_count,

        start_customers as n,
        {{ percent("churned_customers", "start_customers") }} as logo_churn_rate,
        {{ wilson_low("churned_customers", "start_customers") }} as logo_churn_rate_low,
        {{ wilson_high("churned_customers", "start_customers") }} as logo_churn_rate_high,
        {{ percent("churned_mrr + contraction_mrr", "start_mrr") }} as gross_mrr_churn_rate,
        {{ percent("churned_mrr + contraction_mrr - expansion_mrr", "start_mrr") }} as net_mrr_churn_rate,
        {{ percent("retained_mrr", "start_mrr") }} as grr,
        {{ percent("start_mrr + expansion_mrr - contraction_mrr - churned_mrr", "start_mrr") }} as nrr
    from all_rows
)

select * from mart_mrr_bridge
