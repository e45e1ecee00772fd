-- Grain: one row per response given before the cut, with its customer and why its answers do not count, if they do not.
-- The customer is the one the response names, else the one who was invited. Channel and touchpoint come from the
-- response, else the invitation, else the survey (touchpoint) and what the survey is about. A response without
-- is_complete was handed in.

with responses as (

    select *
    from {{ ref("int_survey_responses_current") }}
    where
        not coalesce(is_deleted, false)
        and responded_at < {{ as_of_cut() }}
),

invitations as (

    select * from {{ ref("int_survey_invitations_resolved") }}
),

surveys as (

    select * from {{ ref("int_surveys_described") }}
),

subjects as (

    select * from {{ ref("int_survey_subjects") }}
),

customers_of_references as (

    select * from {{ ref("int_references_resolved") }}
),

customer_versions as (

    select * from {{ ref("int_customer_versions") }}
),

accounts as (

    select * from {{ ref("int_accounts_resolved") }}
),

responses_with_customer as (

    select
        responses.*,
        {{ surrogate_key(["responses.source_system", "responses.response_id"]) }} as response_key,
        coalesce(
            nullif(customers_of_references.customer_id, '-1'), invitations.customer_id, '-1'
        ) as customer_id,
        invitations.invitation_key,
        invitations.channel as invitation_channel,
        invitations.touchpoint as invitation_touchpoint,
        coalesce(responses.ticket_id, invitations.ticket_id) as subject_ticket_id,
        coalesce(responses.order_id, invitations.order_id) as subject_order_id
    from responses
    left join customers_of_references
        on
            customers_of_references.reference_key
            = {{ reference_key(
                "responses.source_system", "responses.contact_id", "responses.email", "responses.phone"
            ) }}
    left join invitations
        on
            responses.source_system = invitations.source_system
            and responses.invitation_id = invitations.invitation_id
),

int_survey_responses_resolved as (

    select
        responses_with_customer.response_key,
        responses_with_customer.source_system,
        responses_with_customer.response_id,
        coalesce(surveys.survey_key, -1) as survey_key,
        responses_with_customer.survey_id,
        responses_with_customer.invitation_key,
        responses_with_customer.invitation_id,
        responses_with_customer.customer_id,
        coalesce(own_accounts.account_id, customer_accounts.account_id, '-1') as account_id,
        tickets.subject_key as ticket_key,
        responses_with_customer.subject_ticket_id as ticket_id,
        orders.subject_key as order_key,
        responses_with_customer.subject_order_id as order_id,
        responses_with_customer.agent_id,
        responses_with_customer.product_id,

        coalesce(surveys.survey, responses_with_customer.survey_id) as survey,
        coalesce(surveys.programme, 'unknown') as programme,
        coalesce(
            nullif(trim(responses_with_customer.channel), ''),
            responses_with_customer.invitation_channel,
            tickets.channel,
            orders.channel
        ) as channel,
        coalesce(
            nullif(trim(responses_with_customer.touchpoint), ''),
            responses_with_customer.invitation_touchpoint,
            surveys.touchpoint,
            tickets.touchpoint,
            orders.touchpoint
        ) as touchpoint,
        event_versions.segment,
        event_versions.country,
        responses_with_customer.device,
        lower(nullif(trim(responses_with_customer.language), '')) as language,
        case
            when coalesce(responses_with_customer.is_test, false) then 'test_response'
            when coalesce(latest_versions.is_test, false) then 'test_customer'
            when not coalesce(responses_with_customer.is_complete, true) then 'incomplete'
        end as exclusion_reason,

        case
            when responses_with_customer.started_at <= responses_with_customer.responded_at
                then {{ seconds_between("responses_with_customer.started_at", "responses_with_customer.responded_at") }}
        end as duration_seconds,

        coalesce(responses_with_customer.is_complete, true) as is_complete,
        coalesce(responses_with_customer.is_test, false) as is_test,

        {{ local_date("responses_with_customer.responded_at") }} as responded_date,
        responses_with_customer.started_at,
        responses_with_customer.responded_at
    from responses_with_customer
    left join surveys
        on
            responses_with_customer.source_system = surveys.source_system
            and responses_with_customer.survey_id = surveys.survey_id
    left join subjects as tickets
        on
            tickets.entity = 'tickets'
            and responses_with_customer.source_system = tickets.source_system
            and responses_with_customer.subject_ticket_id = tickets.reference_id
    left join subjects as orders
        on
            orders.entity = 'orders'
            and responses_with_customer.source_system = orders.source_system
            and responses_with_customer.subject_order_id = orders.reference_id
    left join customer_versions as event_versions
        on
            responses_with_customer.customer_id = event_versions.customer_id
            and responses_with_customer.responded_at >= event_versions.valid_from
            and responses_with_customer.responded_at < event_versions.valid_to
    left join customer_versions as latest_versions
        on
            responses_with_customer.customer_id = latest_versions.customer_id
            and latest_versions.valid_to = cast('9999-12-31 00:00:00+00' as timestamptz)
    left join accounts as own_accounts
        on
            responses_with_customer.source_system = own_accounts.source_system
            and responses_with_customer.account_id = own_accounts.source_account_id
    left join accounts as customer_accounts
        on
            event_versions.source_account_key
            = customer_accounts.source_system || '|' || customer_accounts.source_account_id
)

select * from int_survey_responses_resolved
