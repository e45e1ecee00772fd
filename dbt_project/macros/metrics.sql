{#- From rows with a date to rows of marts.metric_values. How to add a metric: a row in
    seeds/metric_definitions__*.csv and a select in models/metrics/metric_rows__<domain>.sql. -#}

{#-
  Rolls rows up to `all` and to each dimension alone (grouping sets: members add up to `all`; null is `unknown`).

  relation: has period_grain, period_start (from metrics.period_days), the dimension columns and what the aggregates read.
  dimensions: column names; each becomes metric_values.dimension. aggregates: SQL text, `sum(x) as y, ...`.
  by: further columns kept in every row (metric, currency).
  A day is published for `all` only: members by day would be most of the table and are in the marts.
-#}
{% macro rollup(relation, dimensions, aggregates, by=[]) -%}
    {%- set keys = by + ["period_grain", "period_start"] -%}
    select
        {% for column in keys %}{{ column }},
        {% endfor -%}
        {% if dimensions -%}
        case
            {% for dimension in dimensions %}when grouping({{ dimension }}) = 0 then '{{ dimension }}'
            {% endfor %}else 'all'
        end as dimension,
        case
            {% for dimension in dimensions %}when grouping({{ dimension }}) = 0 then coalesce(cast({{ dimension }} as varchar), 'unknown')
            {% endfor %}else 'all'
        end as dimension_value,
        {%- else -%}
        'all' as dimension,
        'all' as dimension_value,
        {%- endif %}
        {{ aggregates }}
    from {{ relation }}
    group by grouping sets (
        ({{ keys | join(", ") }})
        {%- for dimension in dimensions %},
        ({{ keys | join(", ") }}, {{ dimension }})
        {%- endfor %}
    )
    {% if dimensions -%}
    having period_grain <> 'day'{% for dimension in dimensions %} {{ "or (" if loop.first else "and " }}grouping({{ dimension }}) = 1{% endfor %})
    {%- endif %}
{%- endmacro %}

{#-
  The same by day, for metrics whose parts can be put together again from days: rows are rolled up to each member once,
  and only the few rows per day and member are then joined with the periods (`join_periods`).

  relation: has event_date, the dimension columns and what the aggregates read.
-#}
{% macro rollup_by_day(relation, dimensions, aggregates, by=[]) -%}
    {%- set keys = by + ["event_date"] -%}
    select
        {% for column in keys %}{{ column }},
        {% endfor -%}
        case
            {% for dimension in dimensions %}when grouping({{ dimension }}) = 0 then '{{ dimension }}'
            {% endfor %}else 'all'
        end as dimension,
        case
            {% for dimension in dimensions %}when grouping({{ dimension }}) = 0 then coalesce(cast({{ dimension }} as varchar), 'unknown')
            {% endfor %}else 'all'
        end as dimension_value,
        {{ aggregates }}
    from {{ relation }}
    group by grouping sets (
        ({{ keys | join(", ") }})
        {%- for dimension in dimensions %},
        ({{ keys | join(", ") }}, {{ dimension }})
        {%- endfor %}
    )
{%- endmacro %}

{#- Joins the periods that a row of rollup_by_day belongs to; a day is published for `all` only. -#}
{% macro join_periods(alias) -%}
    inner join {{ ref("period_days") }} as periods
        on
            {{ alias }}.event_date = periods.date_day
            and (periods.period_grain <> 'day' or {{ alias }}.dimension = 'all')
{%- endmacro %}

{#- The columns of a metric row, in the order in which models/metrics and marts.metric_values hold them. -#}
{% macro metric_row_columns() -%}
    metric, period_grain, period_start, dimension, dimension_value, currency,
    numerator, denominator, sum_squares, n, value, value_low, value_high, pending_n
{%- endmacro %}
