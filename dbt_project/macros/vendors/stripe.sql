{#- Amounts, instants, intervals and companies as Stripe writes them. -#}

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

{#- What a customer's metadata has under a key, as the API or an export file delivers it; null if nothing. -#}
{% macro stripe_metadata(key) -%}
    {%- set key = key | replace("'", "''") -%}
    nullif(trim(coalesce(
        {{ json_custom_field("_extra", "metadata." ~ key) }},
        {{ json_custom_field("_extra", key | lower ~ " (metadata)") }}
    )), '')
{%- endmacro %}

{#- Whether a customer says that it is a company: by a name that was entered as that of a business, by paying tax as
    businesses do, or by its metadata (settings stripe_company_ids and stripe_company_flags). -#}
{% macro stripe_is_company() -%}
    business_name is not null
    or coalesce(lower(tax_exempt) = 'reverse', false)
    {%- set ids = var("stripe_company_ids") -%}
    {%- for system in ids %}
    or {{ stripe_metadata(ids[system]) }} is not null
    {%- endfor -%}
    {%- for key in var("stripe_company_flags") %}
    or coalesce(
        lower({{ stripe_metadata(key) }}) in (
            'true', 'yes', '1', 'company', 'business', 'organization', 'organisation', 'b2b'
        ),
        false
    )
    {%- endfor -%}
{%- endmacro %}

{#- The ids that other systems know a company by, as a JSON object; null where there are none. -#}
{% macro stripe_company_ids() -%}
    {%- set ids = var("stripe_company_ids") -%}
    {%- set pairs = [] -%}
    {%- for system in ids -%}
        {%- do pairs.append("'" ~ system | replace("'", "''") ~ "', " ~ stripe_metadata(ids[system])) -%}
    {%- endfor -%}
    {%- if pairs -%}
        nullif(cast(json_merge_patch('{}', json_object({{ pairs | join(", ") }})) as varchar), '{}')
    {%- else -%}
        cast(null as varchar)
    {%- endif -%}
{%- endmacro %}
