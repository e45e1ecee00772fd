{#- Quantiles with the interval of their order statistics, all from one sorted list: sorting once is cheaper than asking
    for the median, a percentile and four ranks one by one. The interpolation is that of quantile_cont. -#}

{#- An aggregate: the values of a group as a list, nulls left out; null where there is none. -#}
{% macro collected_values(value) -%}
    list({{ value }}) filter (where {{ value }} is not null)
{%- endmacro %}

{#- An aggregate of such lists: all values in ascending order. -#}
{% macro sorted_union(values) -%}
    list_sort(flatten(list({{ values }}) filter (where {{ values }} is not null)))
{%- endmacro %}

{#- How many values such a list has; 0 for none. -#}
{% macro value_count(values) -%}
    coalesce(array_length({{ values }}), 0)
{%- endmacro %}

{#- The quantile of a list made by sorted_union; n is its length. Null where n is 0. -#}
{% macro quantile_of(sorted, n, quantile) -%}
    (
        list_extract({{ sorted }}, cast(floor(({{ n }} - 1) * {{ quantile }}) as bigint) + 1)
        + (
            list_extract({{ sorted }}, cast(ceil(({{ n }} - 1) * {{ quantile }}) as bigint) + 1)
            - list_extract({{ sorted }}, cast(floor(({{ n }} - 1) * {{ quantile }}) as bigint) + 1)
        ) * (({{ n }} - 1) * {{ quantile }} - floor(({{ n }} - 1) * {{ quantile }}))
    )
{%- endmacro %}

{#- 95 % interval: the values of rank n q -+ z sqrt(n q (1 - q)) (Conover 1999), held inside the sample. -#}
{% macro quantile_low_of(sorted, n, quantile) -%}
    list_extract({{ sorted }}, greatest(1, cast(floor(
        {{ n }} * {{ quantile }} - {{ z95() }} * sqrt({{ n }} * {{ quantile }} * (1 - {{ quantile }}))
    ) as bigint)))
{%- endmacro %}
{% macro quantile_high_of(sorted, n, quantile) -%}
    list_extract({{ sorted }}, least({{ n }}, cast(ceil(
        1.0 + {{ n }} * {{ quantile }} + {{ z95() }} * sqrt({{ n }} * {{ quantile }} * (1 - {{ quantile }}))
    ) as bigint)))
{%- endmacro %}
