{#- Qualtrics's words under this project's names, and how its records are read. -#}

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
