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
        "salesforce": [
            "account_contacts", "accounts", "agents", "contacts", "opportunities", "ticket_events", "tickets",
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

{#- A wording as a reader sees it: without tags and with single spaces. -#}
{% macro without_markup(text) -%}
    nullif(trim(regexp_replace({{ text }}, '(<[^>]*>|&nbsp;|\s|\x{00A0})+', ' ', 'g')), '')
{%- endmacro %}

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

{#- The internet domain in the address of a web site. -#}
{% macro domain_of(website) -%}
    nullif(
        split_part(
            replace(
                replace(replace('//' || lower({{ website }}), '//http://', '//'), '//https://', '//'), '//www.', '//'
            ),
            '/',
            3
        ),
        ''
    )
{%- endmacro %}
