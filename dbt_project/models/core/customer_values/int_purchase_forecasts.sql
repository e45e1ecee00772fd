-- Grain: one row per model (bgnbd, mbgnbd), number of repeat purchase days and observed weeks that occur among
-- customers: how many purchases to expect of such a customer, if still alive, over the horizon, plain and discounted by
-- week. Lies beside core because it waits for the fits, which wait for the rest of intermediate.
--
-- The mean over the chance p of leaving, which for a customer who is alive is Beta(a, b + chances), is computed by the
-- trapezoid rule after logit(p) = ln(a/c) + sqrt(1/a + 1/c) sinh(u), u from -7 to 7 by 0.1. The closed form needs
-- Gauss's hypergeometric function, whose series has up to thousands of terms where alpha is small against the horizon
-- and has a pole at a = 1. For such integrands the rule's error falls exponentially with the step: against the closed
-- form it is below 1e-8 wherever a and c exceed 0.1, and below 2e-5 down to 0.007 (tests/warehouse/test_value.py). Sums
-- are of decimals, so that the order of rows and threads cannot reach the last digit.

{{ config(schema="intermediate") }}

with histories as (

    select distinct
        repeat_days,
        observed_weeks
    from {{ ref("int_purchase_histories") }}
),

parameters as (

    select
        model,
        max(value) filter (where parameter = 'r') as r,
        max(value) filter (where parameter = 'alpha') as alpha,
        max(value) filter (where parameter = 'a') as a,
        max(value) filter (where parameter = 'b') as b
    from {{ source("steps", "model_fits") }}
    where model in ('bgnbd', 'mbgnbd')
    group by model
),

-- c: second parameter of the Beta of a customer who has not left in any of the chances so far.
distinct_counts as (

    select distinct
        parameters.model,
        histories.repeat_days,
        parameters.a,
        parameters.b + histories.repeat_days + case parameters.model when 'mbgnbd' then 1.0 else 0.0 end as c
    from parameters
    cross join histories
),

steps as (

    select (series.number - 70) / 10.0 as u
    from {{ number_series(0, 140) }} as series
),

positions as (

    select
        distinct_counts.model,
        distinct_counts.repeat_days,
        distinct_counts.a,
        distinct_counts.c,
        steps.u,
        ln(distinct_counts.a) - ln(distinct_counts.c)
        + sqrt(1.0 / distinct_counts.a + 1.0 / distinct_counts.c) * (exp(steps.u) - exp(-steps.u)) / 2.0 as logit_p
    from distinct_counts
    cross join steps
),

log_weights as (

    select
        model,
        repeat_days,
        1.0 / (1.0 + exp(-greatest(-700.0, least(700.0, logit_p)))) as p,
        a * logit_p - (a + c) * (greatest(logit_p, 0.0) + ln(1.0 + exp(-least(abs(logit_p), 700.0))))
        + ln((exp(u) + exp(-u)) / 2.0) as log_weight
    from positions
),

weights as (

    select
        model,
        repeat_days,
        p,
        cast(exp(log_weight - max(log_weight) over (partition by model, repeat_days)) as decimal(38, 18)) as weight
    from log_weights
),

nodes as (

    select
        model,
        repeat_days,
        p,
        {{ safe_divide("weight", "sum(weight) over (partition by model, repeat_days)") }} as weight
    from weights
    where weight > 0
),

at_nodes as (

    select
        nodes.model,
        nodes.repeat_days,
        histories.observed_weeks,
        nodes.weight * {{ purchases_if_alive(
            "(parameters.r + nodes.repeat_days)", "(parameters.alpha + histories.observed_weeks)", "nodes.p"
        ) }} as purchases,
        case
            when nodes.model = 'mbgnbd' then nodes.weight * {{ discounted_purchases_if_alive(
                "(parameters.r + nodes.repeat_days)", "(parameters.alpha + histories.observed_weeks)", "nodes.p"
            ) }}
        end as discounted_purchases
    from nodes
    inner join parameters on nodes.model = parameters.model
    inner join histories on nodes.repeat_days = histories.repeat_days
),

int_purchase_forecasts as (

    select
        model,
        repeat_days,
        observed_weeks,

        cast(sum(cast(purchases as decimal(38, 18))) as double) as expected_purchases_if_alive,
        cast(sum(cast(discounted_purchases as decimal(38, 18))) as double) as discounted_purchases_if_alive
    from at_nodes
    group by model, repeat_days, observed_weeks
)

select * from int_purchase_forecasts
