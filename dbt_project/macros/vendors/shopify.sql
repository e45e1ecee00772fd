{#- Shopify's words under this project's names, and how its records are read. -#}

{#- Whether an order of Shopify stands: only what is paid is revenue. -#}
{% macro shopify_status(financial_status, cancelled_at) -%}
    case
        when {{ cancelled_at }} is not null then 'cancelled'
        when {{ financial_status }} in ('voided', 'expired') then 'cancelled'
        when {{ financial_status }} in ('pending', 'authorized', 'partially_paid') then 'pending'
        else 'completed'
    end
{%- endmacro %}

{#- The channel of an order: Shopify's own names, and those that marketplaces and social networks give themselves. All
    others are numbers or names of apps. -#}
{% macro shopify_channel(source_name) -%}
    case
        when {{ source_name }} is null then 'unknown'
        when lower({{ source_name }}) = 'web' then 'web'
        when lower({{ source_name }}) = 'pos' then 'store'
        when lower({{ source_name }}) in ('iphone', 'android') then 'app'
        when lower({{ source_name }}) = 'shopify_draft_order' then 'unknown'
        when regexp_matches(lower({{ source_name }}), '^(amazon|ebay|etsy|walmart)') then 'marketplace'
        when regexp_matches(lower({{ source_name }}), '^(facebook|instagram|tiktok|pinterest)') then 'social'
        else 'api'
    end
{%- endmacro %}

{#- The shop itself, or the name of the app that took the order. -#}
{% macro shopify_platform(source_name) -%}
    case
        when lower({{ source_name }}) in ('web', 'pos', 'iphone', 'android', 'shopify_draft_order') then 'shopify'
        else {{ source_name }}
    end
{%- endmacro %}

{#- What the customer held, by what the browser says of itself. -#}
{% macro shopify_device(user_agent) -%}
    case
        when regexp_matches({{ user_agent }}, 'iPad|Tablet') then 'tablet'
        when regexp_matches({{ user_agent }}, 'Mobi') then 'mobile'
        when {{ user_agent }} is not null then 'desktop'
    end
{%- endmacro %}

{#- The instant in an export of Shopify, which has a space before its offset. -#}
{% macro shopify_instant(text) -%}
    try_cast(replace(replace({{ text }}, ' +', '+'), ' -', '-') as timestamptz)
{%- endmacro %}

{#- What can be bought has the number of its variant; a line without one goes by its SKU, else its name. -#}
{% macro shopify_product_id(line) -%}
    coalesce(
        {{ json_text(line, "variant_id") }},
        nullif({{ json_text(line, "sku") }}, ''),
        {{ json_text(line, "title") }}
    )
{%- endmacro %}

{#- Whether a line is goods: gift cards are money that is spent later, and tips are no price. -#}
{% macro shopify_is_goods(line) -%}
    (
        coalesce({{ json_text(line, "gift_card") }}, 'false') <> 'true'
        and {{ json_text(line, "tip_payment_gateway") }} is null
    )
{%- endmacro %}
