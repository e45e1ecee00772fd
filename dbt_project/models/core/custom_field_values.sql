-- Grain: one row per record of a source system and custom field that has a value, for the fields of the setting
-- custom_fields whose names are no canonical columns. A value that should fill a canonical column and does not fit its
-- type is here as well, or nobody would know of it.

{% set entities = {
    "accounts": ("account_id", "created_at"),
    "contacts": ("contact_id", "created_at"),
    "orders": ("order_id", "ordered_at"),
    "survey_responses": ("response_id", "responded_at"),
    "tickets": ("ticket_id", "created_at"),
} -%}

with nothing as (

    select
        cast(null as varchar) as source_system,
        cast(null as varchar) as entity,
        cast(null as varchar) as record_id,
        cast(null as varchar) as field,
        cast(null as varchar) as value,
        false as is_misfit
    where false
),

field_values as (

    select * from nothing
    {% for entity, (key, began_at) in entities.items() -%}
    {% set records = ref("int_" ~ entity ~ "_current") -%}
    {% set canonical = ref("stg_generic__" ~ entity) -%}  {#- its columns are looked up when custom fields are set -#}
    {% for field, taken in custom_fields_of(entity).items() -%}
    union all
    select
        source_system,
        '{{ entity }}' as entity,
        {{ key }} as record_id,
        '{{ field }}' as field,
        {{ custom_field(taken) }} as value,
        {{ is_canonical(entity, field) }} as is_misfit
    from {{ records }}
    where
        {{ custom_field_is_left(entity, field, taken) }}
        and not is_deleted
        and coalesce({{ began_at }} < {{ as_of_cut() }}, true)
    {% endfor -%}
    {% endfor -%}
),

people as (

    select
        source_system,
        source_id,
        cluster_id
    from {{ source("steps", "identity_clusters") }}
    where
        kind = 'person'
        and entity = 'contacts'
),

accounts as (

    select * from {{ ref("int_accounts_resolved") }}
),

custom_field_values as (

    select
        field_values.source_system,
        field_values.entity,
        field_values.record_id,
        people.cluster_id as customer_id,
        accounts.account_id,

        field_values.field,
        field_values.value,

        field_values.is_misfit
    from field_values
    left join people
        on
            field_values.entity = 'contacts'
            and field_values.source_system = people.source_system
            and field_values.record_id = people.source_id
    left join accounts
        on
            field_values.entity = 'accounts'
            and field_values.source_system = accounts.source_system
            and field_values.record_id = accounts.source_account_id
)

select * from custom_field_values
