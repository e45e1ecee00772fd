{#- HubSpot's words under this project's names, and how its records are read. -#}

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
