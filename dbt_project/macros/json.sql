{#- Reading JSON that a vendor delivered. A path has dots between its steps: `source.rel`. -#}

{#- The text at a path; null where there is none. -#}
{% macro json_text(document, path) -%}
    json_extract_string({{ document }}, '$.{{ path }}')
{%- endmacro %}

{#- The object or array at a path, as JSON text; null where there is none. -#}
{% macro json_part(document, path) -%}
    cast(json_extract({{ document }}, '$.{{ path }}') as varchar)
{%- endmacro %}

{#- Whether an object has a key, be its value null. -#}
{% macro json_has(document, key) -%}
    json_exists({{ document }}, '$.{{ key }}')
{%- endmacro %}

{#- In a select list: one row per element of an array, as JSON; none where the array is null or empty. -#}
{% macro each_json_element(array) -%}
    unnest(from_json({{ array }}, '["json"]'))
{%- endmacro %}

{#- In a select list beside one of those that give a row per element: the element's place, from 1. -#}
{% macro each_json_place(array) -%}
    generate_subscripts(from_json({{ array }}, '["json"]'), 1)
{%- endmacro %}

{#- In a select list: one row per element of an array of numbers or texts, as text. -#}
{% macro each_json_text(array) -%}
    unnest(from_json({{ array }}, '["varchar"]'))
{%- endmacro %}

{#- The first element of an array of texts; null where there is none. -#}
{% macro json_first(array) -%}
    json_extract_string({{ array }}, '$[0]')
{%- endmacro %}

{#- Of the first object in an array whose key has that value, another key as text; null where there is none. -#}
{% macro json_first_where(array, key, value, wanted) -%}
    json_extract_string(
        list_filter(
            from_json({{ array }}, '["json"]'),
            lambda element: json_extract_string(element, '$.{{ key }}') = '{{ value }}'
        )[1],
        '$.{{ wanted }}'
    )
{%- endmacro %}
