-- Grain: one row per follow-up case that was opened before as_of, in its state at as_of.
-- The customer is that of the answer, post or ticket that is followed up. Contacts and closings of after as_of have not
-- happened.

with cases as (

    select
        *,
        nullif(trim(team), '') as own_team,
        case when first_contacted_at < {{ as_of_cut() }} then first_contacted_at end as known_contacted_at,
        case when closed_at < {{ as_of_cut() }} then closed_at end as known_closed_at,
        case source_type
            when 'response' then 'survey_responses'
            when 'post' then 'social_posts'
            when 'ticket' then 'tickets'
        end as entity
    from {{ ref("int_cases_current") }}
    where
        not coalesce(is_deleted, false)
        and created_at < {{ as_of_cut() }}
),

subjects as (

    select * from {{ ref("int_service_subjects") }}
),

agents as (

    select
        *,
        {{ is_of_one_system("agent_id") }} as is_of_one_system
    from {{ ref("dim_agents") }}
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

fct_cases as (

    select
        {{ surrogate_key(["cases.source_system", "cases.case_id"]) }} as case_key,
        cases.source_system,
        cases.case_id,
        coalesce(customers.customer_key, -1) as customer_key,
        coalesce(subjects.customer_id, '-1') as customer_id,
        coalesce(agents.agent_key, -1) as agent_key,
        case when cases.source_type = 'response' then subjects.subject_key end as response_key,
        case when cases.source_type = 'post' then subjects.subject_key end as post_key,
        case when cases.source_type = 'ticket' then subjects.subject_key end as ticket_key,
        cases.source_type,
        cases.source_id,
        cases.owner,

        coalesce(cases.own_team, agents.team) as team,
        cases.reason,
        case
            when cases.known_closed_at is not null then 'closed'
            when cases.known_contacted_at is not null then 'contacted'
            else 'open'
        end as status,
        case when coalesce(cases.closed_at < {{ as_of_cut() }}, true) then cases.outcome end as outcome,
        customers.segment,
        customers.country,

        case
            when cases.known_contacted_at is not null
                then greatest({{ hours_between("cases.created_at", "cases.known_contacted_at") }}, 0.0)
        end as hours_to_first_contact,
        case
            when cases.known_closed_at is not null
                then greatest({{ hours_between("cases.created_at", "cases.known_closed_at") }}, 0.0)
        end as hours_to_close,

        cases.known_contacted_at is not null as is_contacted,
        cases.known_closed_at is not null as is_closed,
        test_customers.customer_id is not null as is_test,

        {{ local_date("cases.created_at") }} as created_date,
        {{ local_date("cases.known_closed_at") }} as closed_date,
        cases.created_at,
        cases.known_contacted_at as first_contacted_at,
        cases.known_closed_at as closed_at
    from cases
    left join subjects
        on
            cases.entity = subjects.entity
            and cases.source_system = subjects.source_system
            and cases.source_id = subjects.reference_id
    left join agents
        on
            cases.owner = agents.agent_id
            and {{ is_meant("cases", "agents") }}
            and cases.created_at >= agents.valid_from
            and cases.created_at < agents.valid_to
    left join customers
        on
            subjects.customer_id = customers.customer_id
            and cases.created_at >= customers.valid_from
            and cases.created_at < customers.valid_to
    left join test_customers on subjects.customer_id = test_customers.customer_id
)

select * from fct_cases
