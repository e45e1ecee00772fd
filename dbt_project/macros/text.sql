{#- Texts as people write them. -#}

{#- A wording as a reader sees it: without tags and with single spaces. -#}
{% macro without_markup(text) -%}
    nullif(trim(regexp_replace({{ text }}, '(<[^>]*>|&nbsp;|\s|\x{00A0})+', ' ', 'g')), '')
{%- endmacro %}

{#- The internet domain in the address of a web site. -#}
{% macro domain_of(website) -%}
    nullif(
        split_part(
            replace(
                replace(replace('//' || lower({{ website }}), '//http://', '//'), '//https://', '//'), '//www.', '//'
            ),
            '/',
            3
        ),
        ''
    )
{%- endmacro %}

{#- An address of a page without what follows its path: parameters may say who opened it. -#}
{% macro address_without_parameters(address) -%}
    nullif(trim(split_part(split_part({{ address }}, '?', 1), '#', 1)), '')
{%- endmacro %}
