{#- Scores of customers as closed forms of the fitted parameters. x: purchase days after the first; t_x: weeks from the first to
    the last; T: weeks from the first to as_of. Sources: Fader, Hardie and Lee (2005); Batislam, Denizel and Filiztekin (2007);
    Fader and Hardie (2013). A null parameter (no fit) gives null. -#}

{#-
  P(alive), the chance that a customer has not left for good.
  chances: how often a customer could have left so far: x for BG/NBD, x + 1 for MBG/NBD (also after the first purchase).
  Under BG/NBD nobody leaves before the first repeat purchase: with no chance yet, the result is 1.
  Computed as 1 / (1 + odds of having left); the odds through exp(ln) with a ceiling, so that none is infinite.
-#}
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

{#-
  Purchases within t weeks of a customer who is alive now and leaves with probability p after each: the mean over the
  customer's rate is (1 - (1 + p t / (alpha + T))^-(r + x)) / p. Where the bracket would lose digits (p t small) its series
  is used: the first term left out is below 1e-13 of the sum.
-#}
{% macro purchases_if_alive(shape, time_scale, p, weeks) -%}
    case
        when {{ shape }} * {{ p }} * {{ weeks }} / {{ time_scale }} < 1e-4
            then {{ shape }} * {{ weeks }} / {{ time_scale }} * (
                1.0
                - ({{ shape }} + 1.0) / 2.0 * {{ p }} * {{ weeks }} / {{ time_scale }}
                + ({{ shape }} + 1.0) * ({{ shape }} + 2.0) / 6.0 * power({{ p }} * {{ weeks }} / {{ time_scale }}, 2)
            )
        else (1.0 - power(1.0 + {{ p }} * {{ weeks }} / {{ time_scale }}, -({{ shape }}))) / {{ p }}
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
