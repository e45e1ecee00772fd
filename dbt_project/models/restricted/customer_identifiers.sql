-- Grain: one row per customer with a contact record; direct identifiers as of the run. Never published unless asked
-- for. Each is that of the most recently changed record that has one.

{% set attributes = ["first_name", "last_name", "email", "phone", "birth_date", "social_handles"] -%}

with contact_versions as (

    select
        *,
        row_number() over (partition by customer_id order by changed_at, record_key) as recency
    from {{ ref("int_contact_versions") }}
    where
        valid_to > {{ as_of_cut() }}
        and not is_deleted
),

customer_identifiers as (

    select
        customer_id,
        {% for attribute in attributes -%}
        max_by({{ attribute }}, recency) filter (where {{ attribute }} is not null) as {{ attribute }}
        {{- "," if not loop.last }}
        {% endfor %}
    from contact_versions
    group by customer_id
)

select * from customer_identifiers
