{#- Freshdesk's words under this project's names, and how its records are read. -#}

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
