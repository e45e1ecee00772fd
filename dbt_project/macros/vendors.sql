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
        "sprout": ["social_metrics", "social_posts"],
        "surveymonkey": ["contacts", "survey_answers", "survey_questions", "survey_responses", "surveys"],
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

{#- A cell of Sprout's exports without the apostrophe that keeps a spreadsheet from calculating it. -#}
{% macro sprout_cell(cell) -%}
    case
        when left({{ cell }}, 2) in ('''@', '''=', '''+', '''-') then substr({{ cell }}, 2)
        else {{ cell }}
    end
{%- endmacro %}

{#- The name of a profile, which has an @ in front on some networks and in some places only. -#}
{% macro sprout_handle(name) -%}
    case when left({{ name }}, 1) = '@' then substr({{ name }}, 2) else {{ name }} end
{%- endmacro %}

{#- Sprout has two names for X; people's names there are known under the older one. -#}
{% macro sprout_network(network) -%}
    case lower({{ network }}) when 'x' then 'twitter' else lower({{ network }}) end
{%- endmacro %}

{#- The brand of a profile: what the setting says of the profile, else of the source, else the source's name. -#}
{% macro sprout_brand(source_system, profile) -%}
    {%- set brands = var("sprout_brands") -%}
    coalesce(
        {%- for named in [profile, source_system] %}
        {%- for name in brands %}
        case
            when lower({{ named }}) = '{{ name | lower | replace("'", "''") }}'
                then '{{ brands[name] | replace("'", "''") }}'
        end,
        {%- endfor %}
        {%- endfor %}
        {{ source_system }}
    )
{%- endmacro %}

{#- What kind a message of others is, from Sprout's kinds, whose names begin with the network. A post of somebody else
    comes to the inbox because it names the profile. -#}
{% macro sprout_message_type(post_type) -%}
    case
        when {{ post_type }} like '%REVIEW' then 'review'
        when {{ post_type }} like '%RATING' then 'review'
        when {{ post_type }} like '%DIRECT_MESSAGE' then 'message'
        when {{ post_type }} like '%MESSENGER_PM' then 'message'
        when {{ post_type }} like '%COMMENT' then 'comment'
        when {{ post_type }} like '%REPLY' then 'comment'
        else 'mention'
    end
{%- endmacro %}

{#- SurveyMonkey's kinds of collectors under this project's names of channels; others keep theirs. -#}
{% macro surveymonkey_channel(type) -%}
    case
        when lower({{ type }}) = 'weblink' then 'web'
        when lower({{ type }}) like 'popup%' then 'web'
        when lower({{ type }}) like 'embed%' then 'web'
        when lower({{ type }}) = 'facebook' then 'social'
        when lower({{ type }}) like 'mobile%' then 'app'
        else lower({{ type }})
    end
{%- endmacro %}

{#- The name of a question of SurveyMonkey, or of the part of it that is answered for itself. -#}
{% macro surveymonkey_part(question_id, row_id="null", column_id="null", other="false") -%}
    case
        when {{ other }} then {{ question_id }} || '_other'
        else concat_ws('_', {{ question_id }}, cast({{ row_id }} as varchar), cast({{ column_id }} as varchar))
    end
{%- endmacro %}

{#- What SurveyMonkey's export writes below a question that has one box. -#}
{% macro surveymonkey_box(family) -%}
    case when {{ family }} = 'open_ended' then 'Open-Ended Response' else 'Response' end
{%- endmacro %}

{#- A variable that the address of a survey of SurveyMonkey brought, in the API and in export files. -#}
{% macro surveymonkey_variable(responses, name) -%}
    nullif(
        trim(
            coalesce(
                {{ json_text(responses ~ ".custom_variables", name) }}, {{ json_text(responses ~ "._extra", name) }}
            )
        ),
        ''
    )
{%- endmacro %}

{#- The metric that a setting gives to a question of SurveyMonkey or to a part of one; null if none. -#}
{% macro surveymonkey_metric(question_id, part) -%}
    {%- set metrics = var("surveymonkey_question_metrics") -%}
    case
        {%- for metric in metrics %}
        when {{ question_id }} in ('{{ metrics[metric] | join("', '") }}') then '{{ metric }}'
        when {{ part }} in ('{{ metrics[metric] | join("', '") }}') then '{{ metric }}'
        {%- endfor %}
        when {{ part }} is null then 'text'
    end
{%- endmacro %}

{#- Whether a survey asks about one transaction, which SurveyMonkey does not say. -#}
{% macro surveymonkey_is_transactional(survey_id) -%}
    {{ survey_id }} in ('{{ var("surveymonkey_transactional_surveys") | join("', '") }}')
{%- endmacro %}

{#- A wording as a reader sees it: without tags and with single spaces. -#}
{% macro without_markup(text) -%}
    nullif(trim(regexp_replace({{ text }}, '(<[^>]*>|&nbsp;|\s|\x{00A0})+', ' ', 'g')), '')
{%- endmacro %}
