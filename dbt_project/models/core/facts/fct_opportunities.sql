-- Grain: one row per opportunity of a source system that was recorded before as_of, in its state at as_of.
-- One that closes after as_of is open. What is decided is worth what its currency was worth on the day of the
-- decision, what is open what it is worth at as_of. Names of opportunities may name people: they stay in staging.

with opportunities as (

    select
        *,
        {{ currency_code("currency") }} as opportunity_currency,
        {{ reference_key("source_system", "contact_id", "cast(null as varchar)", "cast(null as varchar)") }}
        as reference_key,
        case when closed_at < {{ as_of_cut() }} then closed_at end as known_closed_at,
        coalesce(is_closed, coalesce(is_won, false) or closed_at is not null)
        and coalesce(coalesce(closed_at, updated_at) < {{ as_of_cut() }}, true) as is_decided
    from {{ ref("int_opportunities_current") }}
    where
        not coalesce(is_deleted, false)
        and created_at < {{ as_of_cut() }}
),

dated_opportunities as (

    select
        *,
        case
            when is_decided then coalesce({{ local_date("known_closed_at") }}, {{ as_of_date() }})
            else {{ as_of_date() }}
        end as rate_date
    from opportunities
),

references_of_facts as (

    select * from {{ ref("int_references_resolved") }}
),

accounts as (

    select * from {{ ref("int_accounts_resolved") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

test_customers as (

    select customer_id
    from {{ ref("dim_customers") }}
    where
        is_test
        and is_current
),

exchange_rates as (

    select * from {{ ref("int_exchange_rates_daily") }}
),

fct_opportunities as (

    select
        {{ surrogate_key(["opportunities.source_system", "opportunities.opportunity_id"]) }} as opportunity_key,
        opportunities.source_system,
        opportunities.opportunity_id,
        coalesce(customers.customer_key, -1) as customer_key,
        coalesce(references_of_facts.customer_id, '-1') as customer_id,
        coalesce(accounts.account_id, '-1') as account_id,
        opportunities.owner_id,

        opportunities.stage,
        case
            when not opportunities.is_decided then 'open'
            when opportunities.is_won then 'won'
            else 'lost'
        end as status,
        case
            when opportunities.is_decided and not coalesce(opportunities.is_won, false) then opportunities.lost_reason
        end as lost_reason,
        opportunities.competitor,
        customers.segment,
        customers.country,
        opportunities.opportunity_currency as currency,

        opportunities.amount as opportunity_amount,
        {{ rate_to_reporting("opportunities.opportunity_currency", "exchange_rates.rate") }} as exchange_rate,
        {{ in_reporting_currency("opportunities.amount", "opportunities.opportunity_currency", "exchange_rates.rate") }}
        as amount,
        opportunities.probability,

        opportunities.is_decided as is_closed,
        opportunities.is_decided and coalesce(opportunities.is_won, false) as is_won,
        test_customers.customer_id is not null as is_test,

        {{ local_date("opportunities.created_at") }} as created_date,
        {{ local_date("opportunities.known_closed_at") }} as closed_date,
        opportunities.expected_close_on,
        opportunities.created_at,
        opportunities.known_closed_at as closed_at
    from dated_opportunities as opportunities
    left join references_of_facts on opportunities.reference_key = references_of_facts.reference_key
    left join accounts
        on
            opportunities.source_system = accounts.source_system
            and opportunities.account_id = accounts.source_account_id
    left join customers
        on
            references_of_facts.customer_id = customers.customer_id
            and opportunities.created_at >= customers.valid_from
            and opportunities.created_at < customers.valid_to
    left join test_customers on references_of_facts.customer_id = test_customers.customer_id
    left join exchange_rates
        on
            opportunities.opportunity_currency = exchange_rates.from_currency
            and opportunities.rate_date = exchange_rates.rate_date
)

select * from fct_opportunities
