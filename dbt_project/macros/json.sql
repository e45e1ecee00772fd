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

{#- In a select list: one row per key of an object, the key as text; none where the object is null, empty or none. -#}
{% macro each_json_key(object) -%}
    unnest(map_keys({{ _json_map(object) }}))
{%- endmacro %}

{#- In a select list beside each_json_key: the value of the key, as JSON. -#}
{% macro each_json_value(object) -%}
    unnest(map_values({{ _json_map(object) }}))
{%- endmacro %}

{#- In a select list beside each_json_key: the value of the key, as text where it is no object and no array. -#}
{% macro each_json_value_text(object) -%}
    unnest(map_values({{ _json_map(object, "VARCHAR") }}))
{%- endmacro %}

{#- In a select list beside each_json_key: the key's place, from 1. -#}
{% macro each_json_key_place(object) -%}
    generate_subscripts(map_keys({{ _json_map(object) }}), 1)
{%- endmacro %}

{% macro _json_map(object, values="JSON") -%}
    from_json({{ object }}, '"MAP(VARCHAR, {{ values }})"')
{%- endmacro %}

{#- The text at a key that is an expression, in an object; null where there is none. -#}
{% macro json_text_at(object, key, path="") -%}
    json_extract_string({{ object }}, '/' || {{ key }} || '{{ path }}')
{%- endmacro %}

{#- The document if it is sound JSON, else null: for texts that no contract has checked. -#}
{% macro json_or_null(text) -%}
    case when json_valid({{ text }}) then {{ text }} end
{%- endmacro %}

{#- The first element of an array of texts; null where there is none. -#}
{% macro json_first(array) -%}
    json_extract_string({{ array }}, '$[0]')
{%- endmacro %}

{#- The sum of the amounts that the objects of an array have at a path; 0 where there is none. -#}
{% macro json_money_sum(array, path) -%}
    coalesce(
        list_sum(
            list_transform(
                from_json({{ array }}, '["json"]'),
                lambda element: try_cast(json_extract_string(element, '$.{{ path }}') as decimal(18, 4))
            )
        ),
        0
    )
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

{#- The text of a field that a vendor lets its customers add: of a column that no contract knows, or within the document
    that such a column holds, at a path of keys, or in an array of `id` or `name` and `value`; null where there is none. -#}
{% macro json_custom_field(extra, path) -%}
    {%- set steps = path.split(".") -%}
    {%- set column = "json_extract_string(" ~ extra ~ ", '$.\"" ~ steps[0] ~ "\"')" -%}
    {%- if steps | length == 1 -%}
        {{ column }}
    {%- else -%}
        case left(ltrim({{ column }}), 1)
            when '{' then {{ json_text(json_or_null(column), '"' ~ steps[1:] | join('"."') ~ '"') }}
            when '[' then coalesce(
                {{ json_first_where(json_or_null(column), "id", steps[1:] | join("."), "value") }},
                {{ json_first_where(json_or_null(column), "name", steps[1:] | join("."), "value") }}
            )
        end
    {%- endif -%}
{%- endmacro %}

{#- The columns that the contract does not know, and the document of a column that holds custom fields. -#}
{% macro extra_with(name, document) -%}
    case
        when {{ document }} is null then _extra
        else cast(
            json_merge_patch(coalesce(_extra, '{}'), json_object('{{ name }}', cast({{ document }} as json))) as varchar
        )
    end
{%- endmacro %}

{#- Aggregate: the texts of a group as a JSON array, in that order. -#}
{% macro json_array_of(text, order) -%}
    cast(to_json(list({{ text }} order by {{ order }})) as varchar)
{%- endmacro %}

{#- The parts of a text as a JSON array, without white space around them; null where there is no text. -#}
{% macro split_to_json(text, separator) -%}
    case
        when {{ text }} is not null
            then
                cast(to_json(
                    list_transform(string_split({{ text }}, '{{ separator }}'), lambda part: trim(part))
                ) as varchar)
    end
{%- endmacro %}

{#- The sum of the numbers that the objects in an array have at a key; null where the array is null or empty. -#}
{% macro json_sum(array, key) -%}
    list_sum(
        list_transform(
            from_json({{ array }}, '["json"]'),
            lambda element: try_cast(json_extract_string(element, '$.{{ key }}') as double)
        )
    )
{%- endmacro %}
