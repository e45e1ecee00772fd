{#- Sprout Social's words under this project's names, and how its records are read. -#}

{#- A cell of Sprout's exports without the apostrophe that keeps a spreadsheet from calculating it. -#}
{% macro sprout_cell(cell) -%}
    case
        when left({{ cell }}, 2) in ('''@', '''=', '''+', '''-') then substr({{ cell }}, 2)
        else {{ cell }}
    end
{%- endmacro %}

{#- The name of a profile, which has an @ in front on some networks and in some places only. -#}
{% macro sprout_handle(name) -%}
    case when left({{ name }}, 1) = '@' then substr({{ name }}, 2) else {{ name }} end
{%- endmacro %}

{#- Sprout has two names for X; people's names there are known under the older one. -#}
{% macro sprout_network(network) -%}
    case lower({{ network }}) when 'x' then 'twitter' else lower({{ network }}) end
{%- endmacro %}

{#- The brand of a profile: what the setting says of the profile, else of the source, else the source's name. -#}
{% macro sprout_brand(source_system, profile) -%}
    {%- set brands = var("sprout_brands") -%}
    coalesce(
        {%- for named in [profile, source_system] %}
        {%- for name in brands %}
        case
            when lower({{ named }}) = '{{ name | lower | replace("'", "''") }}'
                then '{{ brands[name] | replace("'", "''") }}'
        end,
        {%- endfor %}
        {%- endfor %}
        {{ source_system }}
    )
{%- endmacro %}

{#- What kind a message of others is, from Sprout's kinds, whose names begin with the network. A post of somebody else
    comes to the inbox because it names the profile. -#}
{% macro sprout_message_type(post_type) -%}
    case
        when {{ post_type }} like '%REVIEW' then 'review'
        when {{ post_type }} like '%RATING' then 'review'
        when {{ post_type }} like '%DIRECT_MESSAGE' then 'message'
        when {{ post_type }} like '%MESSENGER_PM' then 'message'
        when {{ post_type }} like '%COMMENT' then 'comment'
        when {{ post_type }} like '%REPLY' then 'comment'
        else 'mention'
    end
{%- endmacro %}
