{#- Salesforce's words under this project's names, and how its records are read. -#}

{#- An identifier of Salesforce in its form of 18 characters: the last three say which of the others are capital
    letters, five of them each. -#}
{% macro salesforce_id(id) -%}
    case
        when length({{ id }}) = 15
            then
                {{ id }}
                {%- for start in [1, 6, 11] %}
                || substr(
                    'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
                    1
                    {%- for place in range(5) %}
                    + case
                        when substr({{ id }}, {{ start + place }}, 1) between 'A' and 'Z' then {{ 2 ** place }} else 0
                    end
                    {%- endfor %},
                    1
                )
                {%- endfor %}
        else {{ id }}
    end
{%- endmacro %}

{#- Whether an identifier of Salesforce is that of an object with this prefix: 005 users, 00G queues, 003 contacts. -#}
{% macro salesforce_is_a(id, prefix) -%}
    coalesce(length({{ id }}) in (15, 18) and substr({{ id }}, 1, 3) = '{{ prefix }}', false)
{%- endmacro %}

{#- In a select list: one row per entry of a field of Salesforce that holds several. -#}
{% macro salesforce_each(entries) -%}
    unnest(string_split({{ entries }}, ';'))
{%- endmacro %}

{#- What a user of Salesforce is to a case: Salesforce's own users are the system, those of portals are customers. -#}
{% macro salesforce_actor_type(user_type) -%}
    case
        when {{ user_type }} in ('Standard', 'CsnOnly') then 'agent'
        when {{ user_type }} in ('AutomatedProcess', 'CloudIntegrationUser') then 'system'
        when {{ user_type }} is not null then 'customer'
    end
{%- endmacro %}

{#- The status of a case that Salesforce says is closed or not, by its name. -#}
{% macro salesforce_case_status(name, is_closed, is_default="false") -%}
    case
        when {{ is_closed }} then 'closed'
        when {{ is_default }} or lower({{ name }}) = 'new' then 'new'
        when lower({{ name }}) in ('on hold', 'on-hold', 'hold') then 'hold'
        when lower({{ name }}) in ('pending', 'waiting on customer', 'waiting for customer') then 'pending'
        when lower({{ name }}) in ('awaiting customer', 'awaiting customer response') then 'pending'
        else 'open'
    end
{%- endmacro %}

{#- The priority of a case of Salesforce under its name here; null for others. -#}
{% macro salesforce_priority(priority) -%}
    case lower({{ priority }})
        when 'low' then 'low'
        when 'medium' then 'normal'
        when 'normal' then 'normal'
        when 'high' then 'high'
        when 'critical' then 'urgent'
        when 'urgent' then 'urgent'
    end
{%- endmacro %}

{#- The channel of a case of Salesforce by its origin. -#}
{% macro salesforce_channel(origin) -%}
    case lower({{ origin }})
        when 'live chat' then 'chat'
        when 'messaging' then 'chat'
        when 'facebook' then 'social'
        when 'twitter' then 'social'
        else coalesce(lower({{ origin }}), 'unknown')
    end
{%- endmacro %}

{#- The part of a person in an account, from a role of Salesforce. -#}
{% macro salesforce_role(role) -%}
    case lower({{ role }})
        when 'decision maker' then 'decision_maker'
        when 'economic decision maker' then 'decision_maker'
        when 'executive sponsor' then 'decision_maker'
        when 'influencer' then 'influencer'
        when 'evaluator' then 'influencer'
        when 'technical buyer' then 'influencer'
        when 'business user' then 'user'
        when 'economic buyer' then 'payer'
        else 'other'
    end
{%- endmacro %}
