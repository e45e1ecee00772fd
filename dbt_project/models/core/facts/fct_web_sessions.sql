-- Grain: one row per visit of a source system to the web site or the app that began before as_of ended.
-- What visitors searched for is in restricted.web_session_texts, and so are the parameters of the first page's address.

with sessions as (

    select
        *,
        case when ended_at < {{ as_of_cut() }} then ended_at end as known_ended_at,
        nullif(trim(search_term), '') is not null or search_result_count is not null as has_search,
        {{ reference_key("source_system", "contact_id", "cast(null as varchar)", "cast(null as varchar)") }}
        as reference_key
    from {{ ref("int_web_sessions_current") }}
    where
        not coalesce(is_deleted, false)
        and started_at < {{ as_of_cut() }}
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

fct_web_sessions as (

    select
        {{ surrogate_key(["sessions.source_system", "sessions.session_id"]) }} as web_session_key,
        sessions.source_system,
        sessions.session_id,
        sessions.visitor_id,
        {{ campaign_key("sessions.campaign_id") }} as campaign_key,
        {{ campaign_code("sessions.campaign_id") }} as campaign_id,
        coalesce(customers.customer_key, -1) as customer_key,
        coalesce(references_of_facts.customer_id, '-1') as customer_id,

        sessions.device,
        sessions.source,
        {{ address_without_parameters("sessions.landing_page") }} as landing_page,
        sessions.reached,
        customers.segment,
        customers.country,

        sessions.page_count,
        sessions.search_result_count,
        case
            when sessions.known_ended_at >= sessions.started_at
                then {{ minutes_between("sessions.started_at", "sessions.known_ended_at") }}
        end as duration_minutes,

        sessions.has_search,
        test_customers.customer_id is not null as is_test,

        {{ local_date("sessions.started_at") }} as started_date,
        sessions.started_at,
        sessions.known_ended_at as ended_at
    from sessions
    left join references_of_facts on sessions.reference_key = references_of_facts.reference_key
    left join customers
        on
            references_of_facts.customer_id = customers.customer_id
            and sessions.started_at >= customers.valid_from
            and sessions.started_at < customers.valid_to
    left join test_customers on references_of_facts.customer_id = test_customers.customer_id
)

select * from fct_web_sessions
