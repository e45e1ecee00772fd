-- Grain: one row per company or household (account_key = account_id; history of accounts comes with identity at full
-- depth). Each attribute is that of the most recently changed record that has one.

{% set attributes = [
    "name", "account_type", "industry", "employee_count", "annual_revenue", "category_spend", "currency", "country", "tier",
    "owner_id",
] -%}

with accounts as (

    select * from {{ ref("int_accounts_current") }}
),

resolved as (

    select * from {{ ref("int_accounts_resolved") }}
),

members as (

    select
        resolved.account_id as durable_account_id,
        accounts.*,
        row_number() over (
            partition by resolved.account_id
            order by coalesce(accounts.updated_at, accounts._loaded_at), accounts.source_system, accounts.account_id
        ) as recency
    from accounts
    inner join resolved
        on
            accounts.source_system = resolved.source_system
            and accounts.account_id = resolved.source_account_id
),

parents as (

    select
        members.durable_account_id,
        max_by(resolved.account_id, members.recency) as parent_account_id
    from members
    inner join resolved
        on
            members.source_system = resolved.source_system
            and members.parent_account_id = resolved.source_account_id
    group by members.durable_account_id
),

survived as (

    select
        durable_account_id as account_id,
        {% for attribute in attributes -%}
        max_by({{ attribute }}, recency) filter (where {{ attribute }} is not null) as {{ attribute }},
        {% endfor -%}
        bool_and(coalesce(is_deleted, false)) as is_deleted,
        min(created_at) as created_at
    from members
    group by durable_account_id
),

dim_accounts as (

    select
        survived.account_id as account_key,
        survived.account_id,
        coalesce(parents.parent_account_id, '-1') as parent_account_id,

        -- A household's name is a person's: it stays in the restricted schema, with the identifiers of its members.
        case when coalesce(survived.account_type, 'company') <> 'household' then survived.name end as name,
        coalesce(survived.account_type, 'company') as account_type,
        survived.industry,
        upper(survived.country) as country,
        survived.tier,
        survived.owner_id,
        survived.currency,

        cast(survived.employee_count as bigint) as employee_count,
        {{ money("survived.annual_revenue") }} as annual_revenue,
        {{ money("survived.category_spend") }} as category_spend,

        survived.is_deleted,

        survived.created_at
    from survived
    left join parents on survived.account_id = parents.durable_account_id
    union all
    select
        '-1',
        '-1',
        '-1',
        'unknown',
        'unknown',
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        false,
        null
)

select * from dim_accounts
