{#- Which staging models feed a canonical entity. What only one vendor needs is in the file of its name. -#}

{#- The canonical entities that a vendor's staging models yield, by vendor. -#}
{% macro _entities_of_vendors() -%}
    {{ return({
        "freshdesk": [
            "accounts", "agents", "contacts", "survey_answers", "survey_questions", "survey_responses", "surveys",
            "ticket_events", "tickets",
        ],
        "hubspot": [
            "account_contacts", "accounts", "agents", "contacts", "opportunities", "survey_answers", "survey_questions",
            "survey_responses", "surveys", "ticket_events", "tickets",
        ],
        "qualtrics": [
            "contacts", "survey_answers", "survey_invitations", "survey_questions", "survey_responses", "surveys",
        ],
        "salesforce": [
            "account_contacts", "accounts", "agents", "contacts", "opportunities", "ticket_events", "tickets",
        ],
        "shopify": [
            "cart_lines", "carts", "contacts", "order_lines", "orders", "payments", "products", "refunds",
        ],
        "sprout": ["cases", "social_metrics", "social_posts"],
        "stripe": [
            "account_contacts", "accounts", "contacts", "orders", "payments", "products", "refunds", "subscriptions",
        ],
        "surveymonkey": ["contacts", "survey_answers", "survey_questions", "survey_responses", "surveys"],
        "zendesk": [
            "accounts", "agents", "contacts", "holidays", "schedules", "sla_policies", "ticket_events", "tickets",
        ],
    }) }}
{%- endmacro %}

{#- The staging models of an entity: that of the canonical format, and those of the vendors in use (var vendors). -#}
{% macro staging_models(entity) -%}
    {%- set models = [ref("stg_generic__" ~ entity)] -%}
    {%- for vendor, entities in _entities_of_vendors().items() if vendor in var("vendors") and entity in entities -%}
        {%- do models.append(ref("stg_" ~ vendor ~ "__" ~ entity)) -%}
    {%- endfor -%}
    {{ return(models) }}
{%- endmacro %}
