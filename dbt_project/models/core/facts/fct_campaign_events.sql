-- Grain: one row per campaign event of a source system that happened before as_of ended.

with events as (

    select
        *,
        {{ reference_key("source_system", "contact_id", "email", "cast(null as varchar)") }} as reference_key
    from {{ ref("int_campaign_events_current") }}
    where
        not coalesce(is_deleted, false)
        and occurred_at < {{ as_of_cut() }}
),

references_of_facts as (

    select * from {{ ref("int_references_resolved") }}
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

fct_campaign_events as (

    select
        {{ surrogate_key(["events.source_system", "events.event_id"]) }} as campaign_event_key,
        events.source_system,
        events.event_id,
        {{ campaign_key("events.campaign_id") }} as campaign_key,
        {{ campaign_code("events.campaign_id") }} as campaign_id,
        coalesce(customers.customer_key, -1) as customer_key,
        coalesce(references_of_facts.customer_id, '-1') as customer_id,

        events.campaign_type,
        events.event,
        customers.segment,
        customers.country,

        test_customers.customer_id is not null as is_test,

        {{ local_date("events.occurred_at") }} as occurred_date,
        events.occurred_at
    from events
    left join references_of_facts on events.reference_key = references_of_facts.reference_key
    left join customers
        on
            references_of_facts.customer_id = customers.customer_id
            and events.occurred_at >= customers.valid_from
            and events.occurred_at < customers.valid_to
    left join test_customers on references_of_facts.customer_id = test_customers.customer_id
)

select * from fct_campaign_events
