{#- Which staging models feed a canonical entity, and words that only one vendor uses. -#}

{#- The canonical entities that a vendor's staging models yield, by vendor. -#}
{% macro _entities_of_vendors() -%}
    {{ return({
        "hubspot": [
            "account_contacts", "accounts", "agents", "contacts", "survey_answers", "survey_questions",
            "survey_responses", "surveys", "ticket_events", "tickets",
        ],
        "qualtrics": [
            "contacts", "survey_answers", "survey_invitations", "survey_questions", "survey_responses", "surveys",
        ],
        "shopify": [
            "cart_lines", "carts", "contacts", "order_lines", "orders", "payments", "products", "refunds",
        ],
        "zendesk": ["accounts", "agents", "contacts", "ticket_events", "tickets"],
    }) }}
{%- endmacro %}

{#- The staging models of an entity: that of the canonical format, and those of the vendors in use (var vendors). -#}
{% macro staging_models(entity) -%}
    {%- set models = [ref("stg_generic__" ~ entity)] -%}
    {%- for vendor, entities in _entities_of_vendors().items() if vendor in var("vendors") and entity in entities -%}
        {%- do models.append(ref("stg_" ~ vendor ~ "__" ~ entity)) -%}
    {%- endfor -%}
    {{ return(models) }}
{%- endmacro %}

{#- Zendesk's names of channels that have another name here. -#}
{% macro zendesk_channel(channel) -%}
    case {{ channel }}
        when 'voice' then 'phone'
        when 'native_messaging' then 'chat'
        when 'chat_transcript' then 'chat'
        when 'mobile_sdk' then 'app'
        when 'mobile' then 'app'
        when 'web_widget' then 'web'
        when 'facebook' then 'social'
        when 'twitter' then 'social'
        when 'instagram_dm' then 'social'
        else coalesce({{ channel }}, 'unknown')
    end
{%- endmacro %}

{#- A rating with a comment is a rating: Zendesk names both apart in its exports. -#}
{% macro zendesk_satisfaction(score) -%}
    case
        when {{ score }} like 'good%' then 'good'
        when {{ score }} like 'bad%' then 'bad'
        when {{ score }} in ('offered', 'unoffered') then {{ score }}
    end
{%- endmacro %}

{#- In a select list: one row per entry of a property of HubSpot that holds several. -#}
{% macro hubspot_each(entries) -%}
    unnest(string_split({{ entries }}, ';'))
{%- endmacro %}

{#- The first entry of such a property. -#}
{% macro hubspot_first(entries) -%}
    nullif(trim(split_part({{ entries }}, ';', 1)), '')
{%- endmacro %}

{#- The instant that HubSpot writes in ISO 8601 or as milliseconds since 1970. -#}
{% macro hubspot_instant(text) -%}
    coalesce(
        make_timestamptz(try_cast({{ text }} as bigint) * 1000),
        try_cast({{ text }} as timestamptz)
    )
{%- endmacro %}

{#- The record of a kind that belongs to a record of HubSpot: the primary one, else the first. -#}
{% macro hubspot_associated(kind, primary_type) -%}
    coalesce(
        {{ json_first_where(json_part("associations", kind ~ ".results"), "type", primary_type, "id") }},
        {{ json_text("associations", kind ~ ".results[0].id") }}
    )
{%- endmacro %}

{#- The part of a person in a company, from HubSpot's label of the association or from a buying role; else null. -#}
{% macro hubspot_role(label) -%}
    case
        when lower({{ label }}) like '%decision_maker%' then 'decision_maker'
        when lower({{ label }}) like '%executive_sponsor%' then 'decision_maker'
        when lower({{ label }}) like '%influencer%' then 'influencer'
        when lower({{ label }}) like '%champion%' then 'influencer'
        when lower({{ label }}) like '%end_user%' then 'user'
        when lower({{ label }}) like '%budget_holder%' then 'payer'
        when lower({{ label }}) like '%billing%' then 'payer'
    end
{%- endmacro %}

{#- The status of a stage of HubSpot's own pipeline of tickets, by its number or its name; null for other stages. -#}
{% macro hubspot_stage_status(stage) -%}
    case lower({{ stage }})
        when '1' then 'new'
        when 'new' then 'new'
        when '2' then 'pending'
        when 'waiting on contact' then 'pending'
        when '3' then 'open'
        when 'waiting on us' then 'open'
        when '4' then 'closed'
        when 'closed' then 'closed'
    end
{%- endmacro %}

{#- The priority of a ticket of HubSpot under its name here; null for others. -#}
{% macro hubspot_priority(priority) -%}
    case lower({{ priority }})
        when 'low' then 'low'
        when 'medium' then 'normal'
        when 'high' then 'high'
        when 'urgent' then 'urgent'
    end
{%- endmacro %}

{#- The questions of a survey of HubSpot: the rating, and the answer in words. -#}
{% macro hubspot_rating_question() -%}
    survey_id || '-rating'
{%- endmacro %}

{% macro hubspot_words_question() -%}
    survey_id || '-words'
{%- endmacro %}

{#- Qualtrics' names of the ways to a survey that have another name here. -#}
{% macro qualtrics_channel(channel) -%}
    case lower({{ channel }})
        when 'anonymous' then 'web'
        when 'gl' then 'web'
        when 'qr' then 'web'
        when 'preview' then 'web'
        else lower({{ channel }})
    end
{%- endmacro %}

{#- Whether a response of this status is no customer's: a preview (1), a test (2) or spam (8). Qualtrics adds the
    numbers up, so that 9 is a preview that looks like spam; an export of words names them all. -#}
{% macro qualtrics_is_test(status, channel) -%}
    coalesce(
        (try_cast({{ status }} as integer) & 11) <> 0,
        regexp_matches(lower({{ status }}), 'preview|test|spam'),
        false
    )
    or coalesce(lower({{ channel }}) = 'preview', false)
{%- endmacro %}

{#- Whether a survey asks about one transaction, which Qualtrics does not say. -#}
{% macro qualtrics_is_transactional(survey_id) -%}
    {{ survey_id }} in ('{{ var("qualtrics_transactional_surveys") | join("', '") }}')
{%- endmacro %}

{#- Identifiers of questions are unique within their survey only. -#}
{% macro qualtrics_question_id(survey_id, part) -%}
    {{ survey_id }} || ':' || {{ part }}
{%- endmacro %}

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

{#- A wording as a reader sees it: without tags and with single spaces. -#}
{% macro without_markup(text) -%}
    nullif(trim(regexp_replace({{ text }}, '(<[^>]*>|&nbsp;|\s|\x{00A0})+', ' ', 'g')), '')
{%- endmacro %}
