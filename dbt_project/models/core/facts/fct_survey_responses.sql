-- Grain: one row per response given before the cut, counted or not.

with responses as (

    select * from {{ ref("int_survey_responses_resolved") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

fct_survey_responses as (

    select
        responses.response_key,
        responses.source_system,
        responses.response_id,
        responses.survey_key,
        responses.survey_id,
        responses.invitation_key,
        responses.invitation_id,
        coalesce(customers.customer_key, -1) as customer_key,
        responses.customer_id,
        responses.account_id,
        responses.ticket_key,
        responses.ticket_id,
        responses.order_key,
        responses.order_id,
        responses.agent_id,
        responses.product_id,

        responses.survey,
        responses.programme,
        responses.channel,
        responses.touchpoint,
        responses.segment,
        responses.country,
        responses.device,
        responses.language,
        responses.exclusion_reason,

        responses.duration_seconds,

        responses.is_complete,
        responses.is_test,
        responses.exclusion_reason is null as is_counted,

        responses.responded_date,
        responses.started_at,
        responses.responded_at
    from responses
    left join customers
        on
            responses.customer_id = customers.customer_id
            and responses.responded_at >= customers.valid_from
            and responses.responded_at < customers.valid_to
)

select * from fct_survey_responses
