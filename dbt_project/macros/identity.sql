{#- How identifiers are compared. The same text is the same key in every source; null never equals null. -#}

{#- Trimmed and lower case; null unless it looks like an address, so that 'n/a' joins nobody. No dot or plus
    folding. -#}
{% macro normalised_email(expression) -%}
    case
        when regexp_matches(lower(trim({{ expression }})), '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$')
            then lower(trim({{ expression }}))
    end
{%- endmacro %}

{#- What a fact knows of its customer, as one key: equal facts share one look-up in int_references_resolved. -#}
{% macro reference_key(source_system, contact_id, email, phone) -%}
    {{ digest([source_system, contact_id, normalised_email(email), "nullif(trim(" ~ phone ~ "), '')"]) }}
{%- endmacro %}

{#- The one name of a source record in the identity tables. -#}
{% macro record_key(source_system, entity, source_id) -%}
    {{ digest([source_system, entity, source_id]) }}
{%- endmacro %}

{#- A name on a social network as identity_keys writes it (orchestration/steps/identity.py). -#}
{% macro social_handle(network, handle) -%}
    lower({{ network }} || ':' || ltrim({{ handle }}, '@'))
{%- endmacro %}

{#- Ids that another system gave: a row that names one means the record of its own system, else that of the only system
    that has the id. An id that several systems have, and its own has not, means nothing certain. -#}

{#- In a select list over records with their source_system: whether only one system has the id. -#}
{% macro is_of_one_system(id) -%}
    min(source_system) over (partition by {{ id }}) = max(source_system) over (partition by {{ id }})
{%- endmacro %}

{#- In a join on the id: whether this record, of those that have it, is the one that is meant. -#}
{% macro is_meant(naming, record) -%}
    ({{ naming }}.source_system = {{ record }}.source_system or {{ record }}.is_of_one_system)
{%- endmacro %}
