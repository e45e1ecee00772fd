{#- Fields that only one company has: what the setting custom_fields takes from the columns that no contract knows.

    The setting says, by source and canonical entity, under which name a field goes on: that of a canonical column, which
    it then fills, or one of its own, under which it is in core.custom_field_values. A value that does not fit its column
    is there as well. -#}

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

{#- In a where clause: whether a custom field has a value that goes to no canonical column, be it that it has a name of
    its own or that it does not fit the column's type. -#}
{% macro custom_field_is_left(entity, name, taken) -%}
    {%- set types = _canonical_types(entity) -%}
    {{ custom_field(taken) }} is not null
    {%- if name in types %}
        and {{ _as_type(custom_field(taken), types[name]) }} is null
    {%- endif -%}
{%- endmacro %}

{#- Whether the name is that of a canonical column of the entity. -#}
{% macro is_canonical(entity, name) -%}
    {{ return(name in _canonical_types(entity)) }}
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
