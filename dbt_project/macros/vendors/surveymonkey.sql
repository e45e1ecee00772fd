{#- SurveyMonkey's words under this project's names, and how its records are read. -#}

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
