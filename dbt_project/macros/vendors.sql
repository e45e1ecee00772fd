{#- Which staging models feed a canonical entity, and words that only one vendor uses. -#}

{#- The canonical entities that a vendor's staging models yield, by vendor. -#}
{% macro _entities_of_vendors() -%}
    {{ return({
        "freshdesk": [
            "accounts", "agents", "contacts", "survey_answers", "survey_questions", "survey_responses", "surveys",
            "ticket_events", "tickets",
        ],
        "hubspot": [
            "account_contacts", "accounts", "agents", "contacts", "survey_answers", "survey_questions",
            "survey_responses", "surveys", "ticket_events", "tickets",
        ],
        "qualtrics": [
            "contacts", "survey_answers", "survey_invitations", "survey_questions", "survey_responses", "surveys",
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

{#- An instant of Freshdesk. Its exports write the clock of the help desk without an offset, which was read as UTC:
    CSV and XLSX files are taken for exports. -#}
{% macro freshdesk_instant(instant) -%}
    case
        when regexp_matches(lower(_file), '[.](csv|tsv|xlsx)([.]gz)?$')
            then ({{ instant }} at time zone 'UTC') at time zone '{{ var("freshdesk_export_timezone") }}'
        else {{ instant }}
    end
{%- endmacro %}

{#- An instant of the life of a ticket of Freshdesk, from its `stats`. -#}
{% macro freshdesk_stat(name) -%}
    try_cast({{ json_text("stats", name) }} as timestamptz)
{%- endmacro %}

{#- The status of a ticket of Freshdesk by its own number or name; null for statuses of an account's making. -#}
{% macro freshdesk_status(status) -%}
    case lower(trim({{ status }}))
        when '2' then 'open'
        when '3' then 'pending'
        when '4' then 'solved'
        when '5' then 'closed'
        when 'resolved' then 'solved'
        when 'waiting on customer' then 'pending'
        when 'waiting on third party' then 'hold'
        when 'on hold' then 'hold'
        else {{ ticket_status(status) }}
    end
{%- endmacro %}

{#- The priority of a ticket of Freshdesk under its name here; null for others. -#}
{% macro freshdesk_priority(priority) -%}
    case lower({{ priority }})
        when '1' then 'low'
        when 'low' then 'low'
        when '2' then 'normal'
        when 'medium' then 'normal'
        when '3' then 'high'
        when 'high' then 'high'
        when '4' then 'urgent'
        when 'urgent' then 'urgent'
    end
{%- endmacro %}

{#- The channel of a ticket of Freshdesk, by the number of its source or by the name of it in an export. -#}
{% macro freshdesk_channel(source) -%}
    case lower({{ source }})
        when '1' then 'email'
        when '2' then 'web'
        when 'portal' then 'web'
        when '3' then 'phone'
        when '4' then 'web'
        when 'forum' then 'web'
        when '5' then 'social'
        when 'twitter' then 'social'
        when '6' then 'social'
        when 'facebook' then 'social'
        when '7' then 'chat'
        when '8' then 'app'
        when 'mobihelp' then 'app'
        when '9' then 'web'
        when 'feedback widget' then 'web'
        when '10' then 'email'
        when 'outbound email' then 'email'
        when '11' then 'marketplace'
        when 'ecommerce' then 'marketplace'
        when '15' then 'chat'
        when 'web chat' then 'chat'
        else coalesce(case when try_cast({{ source }} as integer) is null then lower({{ source }}) end, 'unknown')
    end
{%- endmacro %}

{#- The labels of a ticket of Freshdesk as a JSON array: exports list them with commas. -#}
{% macro freshdesk_tags(tags) -%}
    case
        when {{ tags }} like '[%' then {{ tags }}
        else cast(to_json(list_transform(string_split({{ tags }}, ','), lambda tag: trim(tag))) as varchar)
    end
{%- endmacro %}

{#- The ticket that took over, from the note that Freshdesk leaves on a merged ticket; null in other notes. -#}
{% macro freshdesk_merged_into(note) -%}
    nullif(regexp_extract({{ note }}, '(?i)closed and merged into ticket #?([0-9]+)', 1), '')
{%- endmacro %}

{#- A rating of Freshdesk, 103 to -103, on the scale from 3 to -3; null for others. -#}
{% macro freshdesk_rating(rating) -%}
    case
        when abs(try_cast({{ rating }} as integer)) between 100 and 103
            then cast(try_cast({{ rating }} as integer) - 100 * sign(try_cast({{ rating }} as integer)) as double)
    end
{%- endmacro %}

{#- Whether such a rating is good or bad; null for a neutral one. -#}
{% macro freshdesk_satisfaction(rating) -%}
    case sign({{ freshdesk_rating(rating) }}) when 1 then 'good' when -1 then 'bad' end
{%- endmacro %}

{#- The same from its name in an export. -#}
{% macro freshdesk_satisfaction_in_words(rating) -%}
    case
        when lower({{ rating }}) like '%unhappy%' then 'bad'
        when lower({{ rating }}) like '%happy%' then 'good'
    end
{%- endmacro %}

{#- Questions have the same names in all surveys of Freshdesk. -#}
{% macro freshdesk_question(name) -%}
    survey_id || ':' || {{ name }}
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
