{#- How what social networks deliver is compared. -#}

{#- One brand, however a tool spells it. -#}
{% macro brand_code(brand) -%}
    lower(trim({{ brand }}))
{%- endmacro %}
