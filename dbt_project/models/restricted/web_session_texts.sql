-- Grain: one row per visit whose visitor searched the site or came by an address with parameters: both may lead to
-- people. Never published unless asked for.

with sessions as (

    select * from {{ ref("fct_web_sessions") }}
),

delivered_sessions as (

    select
        source_system,
        session_id,
        nullif(trim(search_term), '') as search_term,
        case
            when trim(landing_page) <> {{ address_without_parameters("landing_page") }} then trim(landing_page)
        end as landing_page
    from {{ ref("int_web_sessions_current") }}
),

web_session_texts as (

    select
        sessions.web_session_key,
        sessions.source_system,
        sessions.session_id,
        sessions.customer_id,

        delivered_sessions.search_term,
        delivered_sessions.landing_page,

        sessions.started_at
    from sessions
    inner join delivered_sessions
        on
            sessions.source_system = delivered_sessions.source_system
            and sessions.session_id = delivered_sessions.session_id
    where
        delivered_sessions.search_term is not null
        or delivered_sessions.landing_page is not null
)

select * from web_session_texts
