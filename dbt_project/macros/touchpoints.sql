{#- At which touchpoint a row happened: the one that it carries, else the first whose condition in the seed touchpoints
    holds for it. -#}

{#- The entities whose rows are contacts at a touchpoint, with the instant of each; carries: whether the source may name
    the touchpoint in the row itself. A new one also goes into the closed list of touchpoints.entity. -#}
{% macro touchpoint_entities() -%}
    {{ return({
        "campaign_events": {"happened_at": "occurred_at", "carries": false},
        "carts": {"happened_at": "created_at", "carries": true},
        "interactions": {"happened_at": "started_at", "carries": true},
        "opportunities": {"happened_at": "created_at", "carries": false},
        "orders": {"happened_at": "ordered_at", "carries": true},
        "payments": {"happened_at": "attempted_at", "carries": false},
        "product_usage": {"happened_at": local_midnight("usage_date"), "carries": false},
        "referrals": {"happened_at": "referred_at", "carries": false},
        "refunds": {"happened_at": "refunded_at", "carries": false},
        "social_posts": {"happened_at": "posted_at", "carries": false},
        "subscriptions": {"happened_at": "period_start", "carries": false},
        "survey_invitations": {"happened_at": "sent_at", "carries": true},
        "survey_responses": {"happened_at": "responded_at", "carries": true},
        "tickets": {"happened_at": "created_at", "carries": true},
        "web_sessions": {"happened_at": "started_at", "carries": false},
    }) }}
{%- endmacro %}

{#- Rows of the seed: entity, touchpoint, filter. Read while the model is compiled, because conditions are SQL and
    cannot come out of a table; the seed is loaded by then. -#}
{% macro touchpoint_filters() -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set query -%}
        select entity, touchpoint, filter from {{ ref("touchpoints") }} order by entity, touchpoint
    {%- endset -%}
    {{ return(run_query(query).rows) }}
{%- endmacro %}

{#- The touchpoint of a row of the entity; null where it carries none and no condition holds. -#}
{% macro touchpoint_of(entity) -%}
    {%- set filters = [] -%}
    {%- for row in touchpoint_filters() if row[0] == entity -%}{%- do filters.append(row) -%}{%- endfor -%}
    {%- if touchpoint_entities()[entity]["carries"] -%}coalesce(nullif(trim(touchpoint), ''), {% endif -%}
    {%- if filters -%}
    case {%- for row in filters %} when {{ row[2] }} then '{{ row[1] | replace("'", "''") }}'{% endfor %} end
    {%- else -%}null{%- endif -%}
    {%- if touchpoint_entities()[entity]["carries"] -%}){%- endif -%}
{%- endmacro %}
