{#- Which staging models feed a canonical entity, and words that only one vendor uses. -#}

{#- The canonical entities that a vendor's staging models yield, by vendor. -#}
{% macro _entities_of_vendors() -%}
    {{ return({
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
