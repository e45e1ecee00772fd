-- Grain: one row per complete month and customer with recurring revenue at either end of it; a customer moves in one
-- way a month.
-- start_mrr + new_mrr + reactivation_mrr + expansion_mrr - contraction_mrr - churned_mrr + fx_effect = end_mrr in every
-- row.

with movements as (

    select *
    from {{ ref("int_mrr_movements") }}
    where period_grain = 'month'
),

fct_mrr_movements as (

    select
        {{ surrogate_key(["period_start", "mrr_customer_id"]) }} as mrr_movement_key,
        mrr_customer_id,
        account_id,
        customer_id,

        segment,
        country,
        movement_type,
        {{ reporting_currency() }} as currency,

        start_mrr,
        {{ money("new_mrr") }} as new_mrr,
        {{ money("reactivation_mrr") }} as reactivation_mrr,
        {{ money("expansion_mrr") }} as expansion_mrr,
        {{ money("contraction_mrr") }} as contraction_mrr,
        {{ money("churned_mrr") }} as churned_mrr,
        {{ money("fx_effect") }} as fx_effect,
        end_mrr,
        {{ money("retained_mrr") }} as retained_mrr,
        unconverted_count,
        tenure_days,

        is_at_start,
        is_at_end,

        period_start as month_start,
        first_paid_at
    from movements
)

select * from fct_mrr_movements
