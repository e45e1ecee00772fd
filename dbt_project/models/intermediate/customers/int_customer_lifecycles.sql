-- Grain: one row per version of a customer; the lifecycle status at the end of the version, or at as_of if it still
-- holds. The first rule that holds: active (a running subscription, or a purchase within the inactivity window),
-- churned (a subscription ended and no purchase since the window began), lapsed (bought, but not within the window),
-- then what the CRM says of people of whom no purchase is known: customer is active, former is churned, prospect,
-- lead.

with customer_versions as (

    select * from {{ ref("int_customer_versions") }}
),

accounts as (

    select * from {{ ref("int_accounts_resolved") }}
),

orders as (

    select * from {{ ref("int_orders_priced") }}
    where is_completed
),

subscriptions as (

    select
        customer_id,
        account_id,
        period_start,
        effective_to
    from {{ ref("int_subscription_periods") }}
),

versions as (

    select
        customer_versions.customer_id,
        customer_versions.valid_from,
        customer_versions.lifecycle_stage,
        accounts.account_id,
        least(customer_versions.valid_to, {{ as_of_cut() }}) as status_at
    from customer_versions
    left join accounts
        on customer_versions.source_account_key = accounts.source_system || '|' || accounts.source_account_id
),

last_orders as (

    select
        versions.customer_id,
        versions.valid_from,
        max(orders.ordered_at) as last_ordered_at
    from versions
    inner join orders
        on
            versions.customer_id = orders.customer_id
            and versions.status_at > orders.ordered_at
    group by versions.customer_id, versions.valid_from
),

own_and_account_subscriptions as (

    select
        versions.customer_id,
        versions.valid_from,
        subscriptions.effective_to >= versions.status_at as is_running
    from versions
    inner join subscriptions
        on
            versions.customer_id = subscriptions.customer_id
            and versions.status_at > subscriptions.period_start
    union all
    select
        versions.customer_id,
        versions.valid_from,
        subscriptions.effective_to >= versions.status_at as is_running
    from versions
    inner join subscriptions
        on
            versions.account_id = subscriptions.account_id
            and versions.status_at > subscriptions.period_start
),

subscription_states as (

    select
        customer_id,
        valid_from,
        bool_or(is_running) as has_running_subscription
    from own_and_account_subscriptions
    group by customer_id, valid_from
),

int_customer_lifecycles as (

    select
        versions.customer_id,
        versions.valid_from,

        case
            when subscription_states.has_running_subscription then 'active'
            when
                last_orders.last_ordered_at is not null
                and {{ days_between(
                    local_date("last_orders.last_ordered_at"), local_date("versions.status_at - interval 1 microsecond")
                ) }} <= {{ var("inactivity_days") }}
                then 'active'
            when subscription_states.customer_id is not null then 'churned'
            when last_orders.last_ordered_at is not null then 'lapsed'
            when versions.lifecycle_stage = 'customer' then 'active'
            when versions.lifecycle_stage = 'former' then 'churned'
            when versions.lifecycle_stage = 'prospect' then 'prospect'
            else 'lead'
        end as lifecycle_status
    from versions
    left join last_orders
        on
            versions.customer_id = last_orders.customer_id
            and versions.valid_from = last_orders.valid_from
    left join subscription_states
        on
            versions.customer_id = subscription_states.customer_id
            and versions.valid_from = subscription_states.valid_from
)

select * from int_customer_lifecycles
