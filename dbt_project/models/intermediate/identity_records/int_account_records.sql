-- Grain: one row per account of a source system, with what may tell that two of them are one company.

with accounts as (

    select *
    from {{ ref("int_accounts_current") }}
    where
        created_at is null
        or created_at < {{ as_of_cut() }}
),

account_loads as (

    select
        source_system,
        account_id,
        min(_loaded_at) as first_loaded_at
    from {{ all_versions("accounts") }} as delivered
    group by source_system, account_id
),

int_account_records as (

    select
        {{ record_key("accounts.source_system", "'accounts'", "accounts.account_id") }} as record_key,
        accounts.source_system,
        'accounts' as entity,
        accounts.account_id as source_id,

        case
            when coalesce(accounts.account_type, 'company') = 'company'
                then nullif(regexp_replace(lower(trim(accounts.domain)), '^www[.]', ''), '')
        end as domain,
        accounts.external_ids,
        accounts.merged_into_id,

        account_loads.first_loaded_at
    from accounts
    inner join account_loads
        on
            accounts.source_system = account_loads.source_system
            and accounts.account_id = account_loads.account_id
)

select * from int_account_records
