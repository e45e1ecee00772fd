{#- Arithmetic and aggregates with one rule each: divisions guard zero, money has one type, keys are built one way. -#}

{#- Null, never infinity or nan, where the divisor is zero or null. -#}
{% macro safe_divide(numerator, denominator) -%}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}

{% macro percent(numerator, denominator) -%}
    (100.0 * cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}

{% macro money(expression) -%}
    cast({{ expression }} as decimal(18, 4))
{%- endmacro %}

{#- md5 over the parts, as text: for identities and comparisons. A null part and an empty one differ. The same on every
    engine. -#}
{% macro digest(columns) -%}
    md5({% for column in columns %}coalesce(cast({{ column }} as varchar), '~null~'){% if not loop.last %} || '|' || {% endif %}{% endfor %})
{%- endmacro %}

{#- The first 64 bits of the digest, halved to fit a signed integer: 0 to 2^63-1, so that -1 is left for the unknown
    member. Integers are written and joined at a fraction of the cost of text. -#}
{% macro surrogate_key(columns) -%}
    cast(cast('0x' || left({{ digest(columns) }}, 16) as ubigint) >> 1 as bigint)
{%- endmacro %}

{#- A sum that does not depend on the order of rows and threads: doubles added in another order differ in the last
    digits, decimals do not. As a double again, so that ratios stay ratios. -#}
{% macro exact_sum(expression) -%}
    cast(sum(cast({{ expression }} as decimal(38, 10))) as double)
{%- endmacro %}

{#- The sum of durations in minutes, and that of their squares, in microseconds and their squares: whole numbers, so
    that nothing is rounded and sums of sums are as exact. The spread of a few nearly equal durations is the difference
    of two numbers that are alike, and would be made of rounding otherwise. -#}
{% macro microseconds_sum(minutes) -%}
    sum({{ _microseconds(minutes) }})
{%- endmacro %}

{% macro microseconds_squares_sum(minutes) -%}
    sum({{ _microseconds(minutes) }} * {{ _microseconds(minutes) }})
{%- endmacro %}

{% macro _microseconds(minutes) -%}
    cast(round({{ minutes }} * 60000000.0) as hugeint)
{%- endmacro %}

{#- Such sums as minutes, and as minutes squared. -#}
{% macro minutes_of(microseconds) -%}
    (cast({{ microseconds }} as double) / 60000000.0)
{%- endmacro %}

{% macro square_minutes_of(squares) -%}
    (cast({{ squares }} as double) / 3600000000000000.0)
{%- endmacro %}

{#- Aggregates: the value on the first or last row in an order (a list of columns), null if it is null there. `min_by`
    and `max_by` of this engine pass over rows whose value is null. -#}
{% macro value_at_first(value, order_columns) -%}
    arg_min_null({{ value }}, {{ _ordering(order_columns) }})
{%- endmacro %}

{% macro value_at_last(value, order_columns) -%}
    arg_max_null({{ value }}, {{ _ordering(order_columns) }})
{%- endmacro %}

{% macro _ordering(columns) -%}
    {{ columns[0] if columns | length == 1 else "row(" ~ columns | join(", ") ~ ")" }}
{%- endmacro %}
