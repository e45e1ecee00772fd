-- Grain: one row per version of a customer: an interval in which no attribute changed.
-- A customer's attributes come from all records of the person. Survivorship, per attribute: the most recently changed
-- record that has a value wins (ties by record); a test flag in any record makes the customer a test customer, and a
-- customer is deleted when every record is. A customer of guests only has one version without attributes.

{% set attributes = [
    "source_account_key", "gender", "country", "region", "language", "timezone", "income_band", "lifecycle_stage",
    "acquisition_source", "joining_reason", "segment", "marketing_consent", "birth_date", "converted_at",
] -%}

with contact_versions as (

    select
        *,
        case when source_account_id is not null then source_system || '|' || source_account_id end as source_account_key
    from {{ ref("int_contact_versions") }}
),

boundaries as (

    select distinct
        customer_id,
        valid_from
    from contact_versions
),

members_at_boundaries as (

    select
        boundaries.customer_id,
        boundaries.valid_from,
        {% for attribute in attributes -%}
        contact_versions.{{ attribute }},
        {% endfor -%}
        contact_versions.is_test,
        contact_versions.is_deleted,
        row_number() over (
            partition by boundaries.customer_id, boundaries.valid_from
            order by contact_versions.changed_at, contact_versions.record_key
        ) as recency
    from boundaries
    inner join contact_versions
        on
            boundaries.customer_id = contact_versions.customer_id
            and boundaries.valid_from >= contact_versions.valid_from
            and boundaries.valid_from < contact_versions.valid_to
),

survived as (

    select
        customer_id,
        valid_from,
        {% for attribute in attributes -%}
        max_by({{ attribute }}, recency) filter (where {{ attribute }} is not null) as {{ attribute }},
        {% endfor -%}
        bool_or(is_test) as is_test,
        bool_and(is_deleted) as is_deleted
    from members_at_boundaries
    group by customer_id, valid_from
),

fingerprinted as (

    select
        *,
        {{ digest(attributes + ["is_test", "is_deleted"]) }} as attributes_hash
    from survived
),

changes as (

    select *
    from fingerprinted
    qualify attributes_hash is distinct from lag(attributes_hash) over (partition by customer_id order by valid_from)
),

guests as (

    select distinct cluster_id as customer_id
    from {{ source("steps", "identity_clusters") }}
    where
        kind = 'person'
        and cluster_id not in (select contact_versions.customer_id from contact_versions)
),

versions as (

    select * exclude (attributes_hash) from changes
    union all by name
    select
        customer_id,
        cast('1900-01-01 00:00:00+00' as timestamptz) as valid_from,
        false as is_test,
        false as is_deleted
    from guests
),

int_customer_versions as (

    select
        customer_id,
        source_account_key,

        gender,
        country,
        region,
        language,
        timezone,
        income_band,
        lifecycle_stage,
        acquisition_source,
        joining_reason,
        segment,

        marketing_consent,
        is_test,
        is_deleted,

        birth_date,
        converted_at,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by customer_id order by valid_from),
            cast('9999-12-31 00:00:00+00' as timestamptz)
        ) as valid_to
    from versions
)

select * from int_customer_versions
