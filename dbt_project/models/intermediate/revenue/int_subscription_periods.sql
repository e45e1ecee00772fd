-- Grain: one row per price period of a subscription (source_system, subscription_id, period_start) that began before
-- as_of.
-- The customer is the account that pays, else the person; a subscription of which neither is known is a customer of its
-- own, so that no logo is lost. A period holds until its end, and at the latest until the next period of the same
-- subscription begins: sources that only add a row for a new price leave the old one open. A cancelled period without
-- an end stopped when the source said so (updated_at); without that it never counted. An end after the cut that only a
-- later version tells of, and why the customer left, are not known yet: the period is open.

with delivered_subscriptions as (

    select
        *,
        coalesce(updated_at >= {{ as_of_cut() }} and coalesce(period_end, updated_at) >= {{ as_of_cut() }}, false)
        as ends_unseen
    from {{ ref("int_subscriptions_current") }}
    where
        not coalesce(is_deleted, false)
        and period_start < {{ as_of_cut() }}
),

subscriptions as (

    select
        * exclude (ends_unseen)
        replace (
            case when not ends_unseen then period_end end as period_end,
            case when ends_unseen and status = 'cancelled' then 'active' else status end as status,
            case when not ends_unseen then cancel_reason end as cancel_reason,
            case when not ends_unseen then competitor end as competitor,
            case when not ends_unseen then is_voluntary end as is_voluntary
        ),
        {{ currency_code("currency") }} as price_currency,
        {{ reference_key("source_system", "contact_id", "cast(null as varchar)", "cast(null as varchar)") }}
        as reference_key
    from delivered_subscriptions
),

references_of_facts as (

    select * from {{ ref("int_references_resolved") }}
),

accounts as (

    select * from {{ ref("int_accounts_resolved") }}
),

test_customers as (

    select customer_id
    from {{ ref("int_customer_versions") }}
    where
        is_test
        and valid_to > {{ as_of_cut() }}
),

with_customers as (

    select
        subscriptions.*,
        coalesce(references_of_facts.customer_id, '-1') as customer_id,
        coalesce(accounts.account_id, '-1') as durable_account_id,
        test_customers.customer_id is not null as is_test
    from subscriptions
    left join references_of_facts on subscriptions.reference_key = references_of_facts.reference_key
    left join accounts
        on
            subscriptions.source_system = accounts.source_system
            and subscriptions.account_id = accounts.source_account_id
    left join test_customers on references_of_facts.customer_id = test_customers.customer_id
),

with_ends as (

    select
        *,
        least(
            coalesce(
                period_end,
                case when status = 'cancelled' then greatest(coalesce(updated_at, period_start), period_start) end,
                cast('9999-12-31 00:00:00+00' as timestamptz)
            ),
            coalesce(
                lead(period_start) over (partition by source_system, subscription_id order by period_start),
                cast('9999-12-31 00:00:00+00' as timestamptz)
            )
        ) as effective_to,
        {{ money("cast(unit_amount as double) * coalesce(quantity, 1) / " ~ months_per_interval("billing_interval")) }}
        as monthly_amount
    from with_customers
),

int_subscription_periods as (

    select
        {{ surrogate_key(["source_system", "subscription_id", "period_start"]) }} as subscription_period_key,
        source_system,
        subscription_id,
        case
            when durable_account_id <> '-1' then durable_account_id
            when account_id is not null then {{ digest(["source_system", "'account'", "account_id"]) }}
            when customer_id <> '-1' then customer_id
            else {{ digest(["source_system", "'subscription'", "subscription_id"]) }}
        end as mrr_customer_id,
        durable_account_id as account_id,
        customer_id,
        product_id,

        plan,
        coalesce(status, 'active') as status,
        billing_interval,
        cancel_reason,
        competitor,
        price_currency as currency,

        coalesce(quantity, 1) as quantity,
        unit_amount,
        case
            when coalesce(status, 'active') in ('active', 'cancelled') then monthly_amount
            else {{ money("0") }}
        end as mrr_amount,

        is_voluntary,
        is_test,
        coalesce(status, 'active') in ('active', 'cancelled')
        and monthly_amount > 0
        and effective_to > period_start as is_paying,

        renews_on,
        period_start,
        period_end,
        effective_to
    from with_ends
)

select * from int_subscription_periods
