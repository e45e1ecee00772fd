{#- 95 % intervals. Formulas: Wilson (1927) for shares; adjusted Wald of Rocks (2016) for NPS; normal for means.
    Shares and NPS are in percent (0 to 100, -100 to 100). All are null where n is 0. -#}

{% macro z95() -%}1.959963984540054{%- endmacro %}

{#- The ends lie in [0, 100]; rounding of doubles would pass them by 1e-17 where nobody or everybody succeeds. -#}
{% macro wilson_low(successes, n) -%}
    case when {{ n }} > 0 then greatest(0.0, {{ _wilson(successes, n, "-") }}) end
{%- endmacro %}
{% macro wilson_high(successes, n) -%}
    case when {{ n }} > 0 then least(100.0, {{ _wilson(successes, n, "+") }}) end
{%- endmacro %}

{% macro _wilson(successes, n, sign) -%}
    (
        100.0 * (
            {{ safe_divide(successes, n) }} + {{ z95() }} * {{ z95() }} / (2.0 * nullif({{ n }}, 0))
            {{ sign }} {{ z95() }} * sqrt(
                greatest({{ safe_divide(successes, n) }} * (1.0 - {{ safe_divide(successes, n) }}), 0.0) / nullif({{ n }}, 0)
                + {{ z95() }} * {{ z95() }} / (4.0 * nullif({{ n }}, 0) * nullif({{ n }}, 0))
            )
        ) / (1.0 + {{ z95() }} * {{ z95() }} / nullif({{ n }}, 0))
    )
{%- endmacro %}

{#- n + 3, promoters and detractors + 3/4 each; capped to [-100, 100].
    `greatest` skips nulls: the case keeps an empty cell null. -#}
{% macro nps_low(promoters, detractors, n) -%}
    case when {{ n }} > 0 then
        greatest(
            -100.0,
            {{ _nps_adjusted(promoters, detractors, n) }}
            - {{ z95() }} * {{ nps_standard_error(promoters, detractors, n) }}
        )
    end
{%- endmacro %}
{% macro nps_high(promoters, detractors, n) -%}
    case when {{ n }} > 0 then
        least(
            100.0,
            {{ _nps_adjusted(promoters, detractors, n) }}
            + {{ z95() }} * {{ nps_standard_error(promoters, detractors, n) }}
        )
    end
{%- endmacro %}

{% macro _nps_adjusted(promoters, detractors, n) -%}
    (100.0 * ({{ promoters }} - {{ detractors }}) / nullif(nullif({{ n }}, 0) + 3.0, 0))
{%- endmacro %}

{#- Standard error of an NPS in points, with the adjusted counts: above zero even if all answer alike. -#}
{% macro nps_standard_error(promoters, detractors, n) -%}
    (
        100.0 * sqrt(
            greatest(
                ({{ promoters }} + {{ detractors }} + 1.5) / (nullif({{ n }}, 0) + 3.0)
                - power(({{ promoters }} - {{ detractors }}) / (nullif({{ n }}, 0) + 3.0), 2),
                0.0
            ) / (nullif({{ n }}, 0) + 3.0)
        )
    )
{%- endmacro %}

{#- Ends of the 95 % interval of a - b, for two independent estimates with intervals of their own: each end takes the
    distance of its own arm (Zou and Donner 2008, "MOVER"; of Wilson intervals it is Newcombe's method 10 of 1998). Null
    where one of the two has no interval. -#}
{% macro difference_low(a, a_low, b, b_high) -%}
    ({{ a }} - {{ b }} - sqrt(power({{ a }} - {{ a_low }}, 2) + power({{ b_high }} - {{ b }}, 2)))
{%- endmacro %}
{% macro difference_high(a, a_high, b, b_low) -%}
    ({{ a }} - {{ b }} + sqrt(power({{ a_high }} - {{ a }}, 2) + power({{ b }} - {{ b_low }}, 2)))
{%- endmacro %}

{#- Standard error of a mean from its sum, its sum of squares and n; null below two observations. Sums are of values
    rounded to ten decimals (`exact_sum`): a spread that this rounding could make up alone is none. -#}
{% macro mean_se(total, sum_squares, n) -%}
    {%- set squared_deviations = "(" ~ sum_squares ~ " - cast(" ~ total ~ " as double) * " ~ total ~ " / " ~ n ~ ")" -%}
    (
        case when {{ n }} > 1 then sqrt(
            case
                when {{ squared_deviations }} > (2 * abs({{ total }}) + {{ n }}) * 1e-10
                    then {{ squared_deviations }}
                else 0.0
            end / ({{ n }} - 1.0) / {{ n }}
        ) end
    )
{%- endmacro %}
{% macro mean_low(total, sum_squares, n) -%}
    ({{ safe_divide(total, n) }} - {{ z95() }} * {{ mean_se(total, sum_squares, n) }})
{%- endmacro %}
{% macro mean_high(total, sum_squares, n) -%}
    ({{ safe_divide(total, n) }} + {{ z95() }} * {{ mean_se(total, sum_squares, n) }})
{%- endmacro %}

{#- Order-statistics interval of a median: the values of rank n/2 -+ z sqrt(n)/2 (Conover 1999); aggregates. -#}
{% macro median_low(value) -%}
    list_extract(list_sort(list({{ value }})), greatest(1, cast(floor((count({{ value }}) - {{ z95() }} * sqrt(count({{ value }}))) / 2.0) as integer)))
{%- endmacro %}
{% macro median_high(value) -%}
    list_extract(list_sort(list({{ value }})), least(cast(count({{ value }}) as integer), cast(ceil(1.0 + (count({{ value }}) + {{ z95() }} * sqrt(count({{ value }}))) / 2.0) as integer)))
{%- endmacro %}
