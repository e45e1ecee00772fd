{#- Amounts, instants and intervals as Stripe writes them. -#}

{#- An amount of Stripe, which counts the smallest unit of the currency, in whole units. Stripe's smallest units are not
    those of ISO 4217: MGA has none, ISK and UGX have hundredths. -#}
{% macro stripe_whole_units(amount, currency) -%}
    cast({{ amount }} as double) / case
        when
            upper({{ currency }}) in (
                'BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'
            )
            then 1
        when upper({{ currency }}) in ('BHD', 'JOD', 'KWD', 'OMR', 'TND') then 1000
        else 100
    end
{%- endmacro %}

{#- An amount of a delivered row in whole units, which those of an export file are already: they have no `object`. -#}
{% macro stripe_money(amount) -%}
    {{ money("case when object is null then " ~ amount ~ " else " ~ stripe_whole_units(amount, "currency") ~ " end") }}
{%- endmacro %}

{#- The instant that an object of Stripe holds in seconds since 1970. -#}
{% macro stripe_instant(document, path) -%}
    make_timestamptz(try_cast({{ json_text(document, path) }} as bigint) * 1000000)
{%- endmacro %}

{#- How many months of 365/12 days a billing interval of Stripe covers. -#}
{% macro stripe_months(stripe_interval, interval_count) -%}
    case {{ stripe_interval }}
        when 'year' then 12.0 * {{ interval_count }}
        when 'month' then 1.0 * {{ interval_count }}
        when 'week' then {{ interval_count }} * 7 * 12 / 365.0
        when 'day' then {{ interval_count }} * 12 / 365.0
    end
{%- endmacro %}

{#- The billing interval under its name here; one that has none is restated per month. -#}
{% macro stripe_billing_interval(stripe_interval, interval_count) -%}
    case {{ stripe_months(stripe_interval, interval_count) }}
        when 3 then 'quarter'
        when 12 then 'year'
        else 'month'
    end
{%- endmacro %}

{#- The price of one billing interval under that name, as a double. -#}
{% macro stripe_interval_amount(amount, stripe_interval, interval_count) -%}
    case
        when {{ stripe_months(stripe_interval, interval_count) }} in (3, 12) then {{ amount }}
        else {{ amount }} / {{ stripe_months(stripe_interval, interval_count) }}
    end
{%- endmacro %}

{#- What one unit costs in the smallest unit of the currency, as a double; null for a price with tiers, and for one that
    tells its amount in another currency than it is billed in. -#}
{% macro stripe_minor_price(price, currency) -%}
    case
        when upper({{ json_text(price, "currency") }}) = {{ currency }}
            then coalesce(
                try_cast({{ json_text(price, "unit_amount_decimal") }} as double),
                try_cast({{ json_text(price, "unit_amount") }} as double)
            )
    end
{%- endmacro %}
