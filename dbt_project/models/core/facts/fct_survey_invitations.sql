-- Grain: one row per invitation that was sent before the cut.

with invitations as (

    select * from {{ ref("int_survey_invitations_resolved") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

fct_survey_invitations as (

    select
        invitations.invitation_key,
        invitations.source_system,
        invitations.invitation_id,
        invitations.survey_key,
        invitations.survey_id,
        coalesce(customers.customer_key, -1) as customer_key,
        invitations.customer_id,
        invitations.ticket_key,
        invitations.ticket_id,
        invitations.order_key,
        invitations.order_id,

        invitations.survey,
        invitations.programme,
        invitations.channel,
        invitations.touchpoint,
        customers.segment,
        customers.country,
        invitations.exclusion_reason,

        invitations.is_delivered,
        invitations.is_bounced,
        invitations.is_started,
        invitations.is_completed,

        invitations.sent_date,
        invitations.sent_at,
        invitations.delivered_at,
        invitations.bounced_at,
        invitations.opened_at,
        invitations.started_at,
        invitations.completed_at
    from invitations
    left join customers
        on
            invitations.customer_id = customers.customer_id
            and invitations.sent_at >= customers.valid_from
            and invitations.sent_at < customers.valid_to
)

select * from fct_survey_invitations
