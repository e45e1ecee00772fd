{#- The words in which people write down how far they are. -#}

{% macro says_done(status) -%}
    coalesce(lower(trim({{ status }})) in ('done', 'completed', 'complete', 'closed', 'finished'), false)
{%- endmacro %}

{% macro says_cancelled(status) -%}
    coalesce(lower(trim({{ status }})) in ('cancelled', 'canceled', 'dropped', 'rejected', 'abandoned'), false)
{%- endmacro %}
