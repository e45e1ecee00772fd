{#- A model's schema is the layer's name, without the target's prefix: readers see `core`, not `main_core`. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
