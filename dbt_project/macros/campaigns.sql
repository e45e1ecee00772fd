{#- Campaigns as events, orders, sessions and costs name them. -#}

{#- The id by which a campaign is known, whichever system names it; null where none is named. -#}
{% macro campaign_code(campaign_id) -%}
    nullif(trim({{ campaign_id }}), '')
{%- endmacro %}

{#- The campaign in dim_campaigns, which holds every campaign that is named; -1 where none is. -#}
{% macro campaign_key(campaign_id) -%}
    case
        when {{ campaign_code(campaign_id) }} is null then -1
        else {{ surrogate_key([campaign_code(campaign_id)]) }}
    end
{%- endmacro %}
