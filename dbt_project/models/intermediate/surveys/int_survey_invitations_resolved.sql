-- Grain: one row per invitation that was sent before the cut, with its customer and how far it got.
-- A later step proves the earlier ones: who began has received. Where no invitation of a survey reports its delivery,
-- sent and not bounced counts as delivered. An answer completes its invitation, even if the tool never says so.

with invitations as (

    select
        source_system,
        invitation_id,
        survey_id,
        contact_id,
        email,
        nullif(trim(channel), '') as channel,
        nullif(trim(touchpoint), '') as touchpoint,
        ticket_id,
        order_id,
        sent_at,
        case when delivered_at < {{ as_of_cut() }} then delivered_at end as delivered_at,
        case when bounced_at < {{ as_of_cut() }} then bounced_at end as bounced_at,
        case when opened_at < {{ as_of_cut() }} then opened_at end as opened_at,
        case when started_at < {{ as_of_cut() }} then started_at end as started_at,
        case when completed_at < {{ as_of_cut() }} then completed_at end as completed_at
    from {{ ref("int_survey_invitations_current") }}
    where
        not coalesce(is_deleted, false)
        and sent_at < {{ as_of_cut() }}
),

responses as (

    select *
    from {{ ref("int_survey_responses_current") }}
    where
        not coalesce(is_deleted, false)
        and responded_at < {{ as_of_cut() }}
        and invitation_id is not null
),

answered_invitations as (

    select
        source_system,
        invitation_id,
        min(coalesce(started_at, responded_at)) as first_started_at,
        min(responded_at) filter (where coalesce(is_complete, true)) as first_completed_at,
        bool_or(coalesce(is_test, false)) as is_test
    from responses
    group by source_system, invitation_id
),

surveys as (

    select * from {{ ref("int_surveys_described") }}
),

surveys_that_report_delivery as (

    select distinct
        source_system,
        survey_id
    from invitations
    where delivered_at is not null
),

subjects as (

    select * from {{ ref("int_survey_subjects") }}
),

customers_of_references as (

    select * from {{ ref("int_references_resolved") }}
),

test_customers as (

    select customer_id
    from {{ ref("int_customer_versions") }}
    where
        valid_to = cast('9999-12-31 00:00:00+00' as timestamptz)
        and is_test
),

steps as (

    select
        invitations.*,
        coalesce(invitations.completed_at, answered_invitations.first_completed_at) as known_completed_at,
        coalesce(
            invitations.started_at, answered_invitations.first_started_at, invitations.completed_at
        ) as known_started_at,
        coalesce(answered_invitations.is_test, false) as has_test_response,
        surveys_that_report_delivery.survey_id is not null as survey_reports_delivery
    from invitations
    left join answered_invitations
        on
            invitations.source_system = answered_invitations.source_system
            and invitations.invitation_id = answered_invitations.invitation_id
    left join surveys_that_report_delivery
        on
            invitations.source_system = surveys_that_report_delivery.source_system
            and invitations.survey_id = surveys_that_report_delivery.survey_id
),

int_survey_invitations_resolved as (

    select
        {{ surrogate_key(["steps.source_system", "steps.invitation_id"]) }} as invitation_key,
        steps.source_system,
        steps.invitation_id,
        coalesce(surveys.survey_key, -1) as survey_key,
        steps.survey_id,
        coalesce(customers_of_references.customer_id, '-1') as customer_id,
        tickets.subject_key as ticket_key,
        steps.ticket_id,
        orders.subject_key as order_key,
        steps.order_id,

        coalesce(surveys.survey, steps.survey_id) as survey,
        coalesce(surveys.programme, 'unknown') as programme,
        coalesce(steps.channel, tickets.channel, orders.channel) as channel,
        coalesce(steps.touchpoint, surveys.touchpoint, tickets.touchpoint, orders.touchpoint) as touchpoint,
        case
            when steps.has_test_response then 'test_response'
            when test_customers.customer_id is not null then 'test_customer'
        end as exclusion_reason,

        coalesce(steps.delivered_at, steps.opened_at, steps.known_started_at, steps.known_completed_at) is not null
        or (not steps.survey_reports_delivery and steps.bounced_at is null) as is_delivered,
        steps.bounced_at is not null as is_bounced,
        coalesce(steps.known_started_at, steps.known_completed_at) is not null as is_started,
        steps.known_completed_at is not null as is_completed,

        {{ local_date("steps.sent_at") }} as sent_date,
        steps.sent_at,
        steps.delivered_at,
        steps.bounced_at,
        steps.opened_at,
        coalesce(steps.known_started_at, steps.known_completed_at) as started_at,
        steps.known_completed_at as completed_at
    from steps
    left join surveys
        on
            steps.source_system = surveys.source_system
            and steps.survey_id = surveys.survey_id
    left join customers_of_references
        on
            customers_of_references.reference_key
            = {{ reference_key("steps.source_system", "steps.contact_id", "steps.email", "cast(null as varchar)") }}
    left join subjects as tickets
        on
            tickets.entity = 'tickets'
            and steps.source_system = tickets.source_system
            and steps.ticket_id = tickets.reference_id
    left join subjects as orders
        on
            orders.entity = 'orders'
            and steps.source_system = orders.source_system
            and steps.order_id = orders.reference_id
    left join test_customers
        on customers_of_references.customer_id = test_customers.customer_id
)

select * from int_survey_invitations_resolved
