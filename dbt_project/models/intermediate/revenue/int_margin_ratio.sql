-- Grain: one row: the share of net revenue that is margin, for orders whose cost is unknown and for expected value.
-- From the completed orders that state their cost, weighted by value; without any, var default_margin_ratio.

with orders_with_cost as (

    select *
    from {{ ref("int_orders_priced") }}
    where
        is_completed
        and not is_test
        and amount is not null
        and cost is not null
),

totals as (

    select
        count(*) as n,
        sum(amount) as revenue,
        sum(cost) as cost,
        min(ordered_date) as data_from,
        max(ordered_date) as data_to
    from orders_with_cost
),

int_margin_ratio as (

    select
        case when revenue > 0 then 'data' else 'default' end as margin_ratio_source,

        case
            when revenue > 0 then {{ safe_divide("revenue - cost", "revenue") }}
            else {{ var("default_margin_ratio") }}
        end as margin_ratio,
        case when revenue > 0 then n else 0 end as n,

        case when revenue > 0 then data_from end as data_from,
        case when revenue > 0 then data_to end as data_to
    from totals
)

select * from int_margin_ratio
