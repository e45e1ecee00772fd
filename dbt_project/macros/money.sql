{#- Money in one currency. Rates are dated and never turned round: only a rate from the currency to the reporting
    one counts. -#}

{% macro reporting_currency() -%}
    '{{ var("reporting_currency") | trim | upper }}'
{%- endmacro %}

{% macro currency_code(expression) -%}
    upper(trim({{ expression }}))
{%- endmacro %}

{#- The rate that holds for a currency: 1 for the reporting currency, else the joined rate of
    int_exchange_rates_daily. -#}
{% macro rate_to_reporting(currency, rate) -%}
    case when {{ currency }} = {{ reporting_currency() }} then 1.0 else {{ rate }} end
{%- endmacro %}

{#- An amount in the reporting currency, to four decimals; null without a rate. -#}
{% macro in_reporting_currency(amount, currency, rate) -%}
    {{ money("case when " ~ currency ~ " = " ~ reporting_currency() ~ " then " ~ amount
        ~ " else cast(" ~ amount ~ " as double) * " ~ rate ~ " end") }}
{%- endmacro %}

{#- How many months one payment of a billing interval covers. -#}
{% macro months_per_interval(billing_interval) -%}
    case {{ billing_interval }} when 'month' then 1 when 'quarter' then 3 when 'year' then 12 end
{%- endmacro %}
