-- Grain: one row per customer of recurring revenue (mrr_customer_id): who it is and when it first paid.
-- An account has no segment of its own: it is described by the person named on its subscriptions (the latest), else by
-- its earliest known member. Its country is its own, else that person's.

with subscription_periods as (

    select *
    from {{ ref("int_subscription_periods") }}
    where not is_test
),

accounts as (

    select
        resolved.account_id,
        max_by(upper(accounts.country), coalesce(accounts.updated_at, accounts._loaded_at)) filter (
            where accounts.country is not null
        ) as country
    from {{ ref("int_accounts_current") }} as accounts
    inner join {{ ref("int_accounts_resolved") }} as resolved
        on
            accounts.source_system = resolved.source_system
            and accounts.account_id = resolved.source_account_id
    group by resolved.account_id
),

account_members as (

    select
        resolved.account_id,
        min(customer_versions.customer_id) as customer_id
    from {{ ref("int_customer_versions") }} as customer_versions
    inner join {{ ref("int_accounts_resolved") }} as resolved
        on customer_versions.source_account_key = resolved.source_system || '|' || resolved.source_account_id
    where not customer_versions.is_test
    group by resolved.account_id
),

named_on_subscriptions as (

    select
        mrr_customer_id,
        max(account_id) filter (where account_id <> '-1') as account_id,
        max_by(customer_id, period_start) filter (where customer_id <> '-1') as customer_id,
        min(period_start) filter (where is_paying) as first_paid_at
    from subscription_periods
    group by mrr_customer_id
),

int_mrr_customers as (

    select
        named_on_subscriptions.mrr_customer_id,
        case when named_on_subscriptions.account_id is not null then 'account' else 'person' end as mrr_customer_type,
        coalesce(named_on_subscriptions.account_id, '-1') as account_id,
        coalesce(named_on_subscriptions.customer_id, account_members.customer_id, '-1') as customer_id,

        accounts.country as account_country,

        named_on_subscriptions.first_paid_at
    from named_on_subscriptions
    left join accounts on named_on_subscriptions.account_id = accounts.account_id
    left join account_members on named_on_subscriptions.account_id = account_members.account_id
)

select * from int_mrr_customers
