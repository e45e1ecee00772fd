{#- Scores of customers as closed forms of the fitted parameters. x: purchase days after the first; t_x: weeks from
    the first to the last; T: weeks from the first to as_of. Sources: Fader, Hardie and Lee (2005); Batislam,
    Denizel and Filiztekin (2007); Fader and Hardie (2013). A null parameter (no fit) gives null. -#}

{#- P(alive), the chance that a customer has not left for good. chances: how often a customer could have left so
    far: x for BG/NBD, x + 1 for MBG/NBD (also after the first purchase). Under BG/NBD nobody leaves before the
    first repeat purchase: with no chance yet, the result is 1. Computed as 1 / (1 + odds of having left); the odds
    through exp(ln) with a ceiling, so that none is infinite. -#}
{% macro probability_alive(x, t_x, T, r, alpha, a, b, chances) -%}
    case
        when {{ r }} is null then null
        when {{ chances }} = 0 then 1.0
        else 1.0 / (
            1.0 + exp(least(
                ln({{ a }}) - ln({{ b }} + {{ chances }} - 1.0)
                + ({{ r }} + {{ x }}) * (ln({{ alpha }} + {{ T }}) - ln({{ alpha }} + {{ t_x }})),
                700.0
            ))
        )
    end
{%- endmacro %}

{#- Purchases within the horizon of a customer who is alive now and leaves with probability p after each: the mean
    over the customer's rate is (1 - (1 + p weeks / scale)^-shape) / p, with shape r + x and scale alpha + T. Where
    the bracket would lose digits (p small) its series is used: the first term left out is below 1e-13 of the sum. -#}
{% macro purchases_if_alive(shape, scale, p) -%}
    {{ _purchases(shape, scale, p, {var("clv_horizon_weeks") | int: 1.0}) }}
{%- endmacro %}

{#- The same, each week's purchases discounted by as many weeks. Summed by parts, so that each week needs one value:
    of what is bought up to the end of a week counts the difference between its discount and the next week's; of the
    whole, the last one. Written out week by week: a row per week would be fifty times the rows. -#}
{% macro discounted_purchases_if_alive(shape, scale, p) -%}
    {%- set weeks = var("clv_horizon_weeks") | int -%}
    {%- set growth = 1.0 + var("clv_discount_rate_yearly") | float -%}
    {%- set weights = {} -%}
    {%- for week in range(1, weeks + 1) -%}
        {%- set next_discount = 0.0 if week == weeks else growth ** (-(week + 1) / 52.0) -%}
        {%- do weights.update({week: growth ** (-week / 52.0) - next_discount}) -%}
    {%- endfor -%}
    {{ _purchases(shape, scale, p, weights) }}
{%- endmacro %}

{#- Weighted sum over weeks of the purchases up to their ends; weights: week to weight. -#}
{% macro _purchases(shape, scale, p, weights) -%}
    {%- set moments = namespace(zero=0.0, one=0.0, two=0.0, three=0.0, last=0) -%}
    {%- for week, weight in weights.items() -%}
        {%- set moments.zero = moments.zero + weight -%}
        {%- set moments.one = moments.one + weight * week -%}
        {%- set moments.two = moments.two + weight * week ** 2 -%}
        {%- set moments.three = moments.three + weight * week ** 3 -%}
        {%- set moments.last = [moments.last, week] | max -%}
    {%- endfor -%}
    case
        when {{ shape }} * {{ p }} * {{ moments.last }} / {{ scale }} < 1e-4
            then {{ shape }} / {{ scale }} * (
                {{ moments.one }}e0
                - ({{ shape }} + 1.0) / 2.0 * ({{ p }} / {{ scale }}) * {{ moments.two }}e0
                + ({{ shape }} + 1.0) * ({{ shape }} + 2.0) / 6.0 * ({{ p }} / {{ scale }}) * ({{ p }} / {{ scale }}) * {{ moments.three }}e0
            )
        else (
            {{ moments.zero }}e0
            {%- for week, weight in weights.items() %}
            - {{ weight }}e0 * power(1.0 + {{ p }} / {{ scale }} * {{ week }}, -({{ shape }}))
            {%- endfor %}
        ) / {{ p }}
    end
{%- endmacro %}

{#- Gamma-Gamma: mean value of a purchase day of a customer with x repeat days of mean value m. Null where the fitted
    distribution has no mean (p x + q <= 1). -#}
{% macro expected_purchase_value(x, m, p, q, v) -%}
    case
        when {{ p }} * {{ x }} + {{ q }} > 1.0
            then {{ p }} * ({{ v }} + {{ x }} * {{ m }}) / ({{ p }} * {{ x }} + {{ q }} - 1.0)
    end
{%- endmacro %}

{#- A score of 1 to 5 by rank among the rows of the partition; equal values get equal scores, whatever their order. -#}
{% macro quintile_score(order_by, partition_by) -%}
    cast(least(5, 1 + coalesce(floor(
        5.0 * (rank() over (partition by {{ partition_by }} order by {{ order_by }}) - 1)
        / nullif(count(*) over (partition by {{ partition_by }}) - 1, 0)
    ), 0)) as integer)
{%- endmacro %}
