{#- Fields that only one company has: what the setting custom_fields takes from the columns that no contract knows.

    The setting says, by source and canonical entity, under which name a field goes on: that of a canonical column, which
    it then fills, or one of its own, under which it is in core.custom_field_values. -#}

{#- The rows of a canonical entity, its columns filled by custom fields: where one has a value, it wins. -#}
{% macro with_custom_fields(entity, relation) -%}
    {%- set types = _canonical_types(entity) -%}
    {%- set replaced = [] -%}
    {%- for name, taken in custom_fields_of(entity).items() if name in types -%}
        {%- set value = _as_type(custom_field(taken), types[name]) -%}
        {%- do replaced.append("coalesce(" ~ value ~ ", " ~ name ~ ") as " ~ name) -%}
    {%- endfor -%}
    {%- if replaced -%}
        (select * replace ({{ replaced | join(", ") }}) from {{ relation }} as canonical)
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#- The names of custom fields that are no canonical columns of the entity, each with where it comes from. -#}
{% macro other_custom_fields(entity) -%}
    {%- set types = _canonical_types(entity) -%}
    {%- set found = {} -%}
    {%- for name, taken in custom_fields_of(entity).items() if name not in types -%}
        {%- do found.update({name: taken}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- Of an entity by name the pairs of source and path. -#}
{% macro custom_fields_of(entity) -%}
    {%- set found = {} -%}
    {%- for source_system, entities in (var("custom_fields") or {}).items() -%}
        {%- for name, path in entities.get(entity, {}).items() -%}
            {%- do found.setdefault(name, []).append((source_system, path)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The text of a custom field; null where the row's source has none or it is empty. -#}
{% macro custom_field(taken) -%}
    case
        {%- for source_system, path in taken %}
        when source_system = '{{ source_system }}' then nullif(trim({{ json_custom_field("_extra", path) }}), '')
        {%- endfor %}
    end
{%- endmacro %}

{#- The types of an entity's canonical columns, by name, as the staging model of the canonical format has them. -#}
{% macro _canonical_types(entity) -%}
    {%- set canonical = ref("stg_generic__" ~ entity) -%}
    {%- set types = {} -%}
    {%- if execute and custom_fields_of(entity) -%}
        {%- for column in adapter.get_columns_in_relation(canonical) -%}
            {%- do types.update({column.name: column.dtype}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(types) }}
{%- endmacro %}

{% macro _as_type(text, type) -%}
    {%- if type | upper == "VARCHAR" -%}
        {{ text }}
    {%- else -%}
        try_cast({{ text }} as {{ type }})
    {%- endif -%}
{%- endmacro %}
