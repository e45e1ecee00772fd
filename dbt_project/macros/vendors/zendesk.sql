{#- Zendesk's words under this project's names, and how its records are read. -#}

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
        when 'mail' then 'email'
        when 'web form' then 'web'
        when 'web service' then 'api'
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
        when {{ score }} = 'not offered' then 'unoffered'
    end
{%- endmacro %}

{#- The labels of a ticket as a JSON array: a label has no spaces, and an export puts them between. -#}
{% macro zendesk_tags(tags) -%}
    case
        when {{ tags }} like '[%' then {{ tags }}
        else cast(to_json(string_split_regex({{ tags }}, '[\s,]+')) as varchar)
    end
{%- endmacro %}

{#- Whether a schedule holds for tickets that name none, which Zendesk does not say. -#}
{% macro zendesk_is_default_schedule(schedule_id) -%}
    {{ schedule_id }} in ('{{ var("zendesk_default_schedules") | join("', '") }}')
{%- endmacro %}
