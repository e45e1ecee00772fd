{#- Which staging models feed a canonical entity, and words that only one vendor uses. -#}

{#- The canonical entities that a vendor's staging models yield, by vendor. -#}
{% macro _entities_of_vendors() -%}
    {{ return({
        "freshdesk": [
            "accounts", "agents", "contacts", "survey_answers", "survey_questions", "survey_responses", "surveys",
            "ticket_events", "tickets",
        ],
        "hubspot": [
            "account_contacts", "accounts", "agents", "contacts", "opportunities", "survey_answers", "survey_questions",
            "survey_responses", "surveys", "ticket_events", "tickets",
        ],
        "qualtrics": [
            "contacts", "survey_answers", "survey_invitations", "survey_questions", "survey_responses", "surveys",
        ],
        "salesforce": [
            "account_contacts", "accounts", "agents", "contacts", "opportunities", "ticket_events", "tickets",
        ],
        "shopify": [
            "cart_lines", "carts", "contacts", "order_lines", "orders", "payments", "products", "refunds",
        ],
        "sprout": ["social_metrics", "social_posts"],
        "stripe": ["contacts", "orders", "payments", "products", "refunds", "subscriptions"],
        "surveymonkey": ["contacts", "survey_answers", "survey_questions", "survey_responses", "surveys"],
        "zendesk": ["accounts", "agents", "contacts", "holidays", "schedules", "ticket_events", "tickets"],
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
