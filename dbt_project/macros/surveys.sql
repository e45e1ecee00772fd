{#- Names that several survey models share. -#}

{#- The scale of a question as text, '0-10', whole numbers without decimals; null where the question has no scale. -#}
{% macro scale_name(lowest, highest) -%}
    {{ _scale_bound(lowest) }} || '-' || {{ _scale_bound(highest) }}
{%- endmacro %}

{% macro _scale_bound(bound) -%}
    case
        when {{ bound }} = floor({{ bound }}) then cast(cast({{ bound }} as bigint) as varchar)
        else cast({{ bound }} as varchar)
    end
{%- endmacro %}

{#- The members of the survey marts: null is `unknown`, so that cells add up. -#}
{% macro survey_members() -%}
    coalesce(segment, 'unknown') as segment,
        coalesce(channel, 'unknown') as channel,
        coalesce(touchpoint, 'unknown') as touchpoint
{%- endmacro %}
