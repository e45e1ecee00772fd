-- Grain: one row per version of a customer (customer_key); customer_id is the person, for good.
-- Direct identifiers (names, e-mail, phone, birth date) are not here: they are in restricted.customer_identifiers.

with customer_versions as (

    select * from {{ ref("int_customer_versions") }}
),

lifecycles as (

    select * from {{ ref("int_customer_lifecycles") }}
),

accounts as (

    select * from {{ ref("int_accounts_resolved") }}
),

personas as (

    select
        segment,
        min(persona) as persona
    from {{ ref("personas") }}
    group by segment
),

known_customers as (

    select
        {{ surrogate_key(["customer_versions.customer_id", "customer_versions.valid_from"]) }} as customer_key,
        customer_versions.customer_id,
        coalesce(accounts.account_id, '-1') as account_id,

        lifecycles.lifecycle_status,
        coalesce(personas.persona, '-1') as persona,
        customer_versions.segment,
        customer_versions.country,
        customer_versions.region,
        customer_versions.language,
        customer_versions.timezone,
        customer_versions.gender,
        customer_versions.income_band,
        case
            when customer_versions.birth_date is null then null
            when {{ age_in_years("customer_versions.birth_date", as_of_date()) }} < 18 then 'under 18'
            when {{ age_in_years("customer_versions.birth_date", as_of_date()) }} < 25 then '18-24'
            when {{ age_in_years("customer_versions.birth_date", as_of_date()) }} < 35 then '25-34'
            when {{ age_in_years("customer_versions.birth_date", as_of_date()) }} < 45 then '35-44'
            when {{ age_in_years("customer_versions.birth_date", as_of_date()) }} < 55 then '45-54'
            when {{ age_in_years("customer_versions.birth_date", as_of_date()) }} < 65 then '55-64'
            else '65 and over'
        end as age_band,
        customer_versions.acquisition_source,
        customer_versions.joining_reason,

        customer_versions.marketing_consent as has_marketing_consent,
        customer_versions.is_test,
        customer_versions.is_deleted,
        customer_versions.valid_to > {{ as_of_cut() }} as is_current,

        customer_versions.converted_at,
        customer_versions.valid_from,
        customer_versions.valid_to
    from customer_versions
    inner join lifecycles
        on
            customer_versions.customer_id = lifecycles.customer_id
            and customer_versions.valid_from = lifecycles.valid_from
    left join accounts
        on customer_versions.source_account_key = accounts.source_system || '|' || accounts.source_account_id
    left join personas
        on customer_versions.segment = personas.segment
),

unknown_customer as (

    select
        -1 as customer_key,
        '-1' as customer_id,
        '-1' as account_id,

        'unknown' as lifecycle_status,
        '-1' as persona,

        false as is_test,
        false as is_deleted,
        true as is_current,

        cast('1900-01-01 00:00:00+00' as timestamptz) as valid_from,
        cast('9999-12-31 00:00:00+00' as timestamptz) as valid_to
),

all_customers as (

    select * from known_customers
    union all by name
    select * from unknown_customer
),

dim_customers as (

    select
        customer_key,
        customer_id,
        account_id,

        lifecycle_status,
        persona,
        segment,
        country,
        region,
        language,
        timezone,
        gender,
        income_band,
        age_band,
        acquisition_source,
        joining_reason,

        has_marketing_consent,
        is_test,
        is_deleted,
        is_current,

        converted_at,
        valid_from,
        valid_to
    from all_customers
)

select * from dim_customers
