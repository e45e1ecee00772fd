-- Grain: one row per delivered version of a response of Qualtrics.
-- The distribution history names the contact and the invitation, that of the first message if a reminder led to the
-- response. Else the contact is the one that has the response's external reference, else that reference itself.
-- Embedded data that has the name of an id here is that id.

{% set embedded_ids = ["ticket_id", "order_id", "agent_id", "product_id"] -%}

{{ config(materialized="view") }}

with responses as (

    select * from {{ ref("base_qualtrics__responses") }}
),

latest_distributions as (

    select * from {{ latest_delivered(ref("base_qualtrics__distributions"), "distribution_id") }} as delivered
),

histories as (

    select *
    from {{ ref("base_qualtrics__distribution_history") }}
    where response_id <> 'Anonymous'
),

senders as (

    select
        histories.source_system,
        histories.response_id,
        histories.contact_id,
        coalesce(latest_distributions.parent_distribution_id, histories.distribution_id)
        || ':'
        || histories.contact_id as invitation_id
    from histories
    left join latest_distributions
        on
            histories.source_system = latest_distributions.source_system
            and histories.distribution_id = latest_distributions.distribution_id
    qualify row_number() over (
        partition by histories.source_system, histories.response_id
        order by histories._load_sequence desc, histories._row_number desc
    ) = 1
),

contacts_of_references as (

    select
        source_system,
        ext_ref,
        min(contact_id) as contact_id
    from {{ ref("base_qualtrics__contacts") }}
    where ext_ref is not null
    group by source_system, ext_ref
    having count(distinct contact_id) = 1
)

select
    responses.source_system,
    responses.response_id,
    responses.survey_id,
    senders.invitation_id,
    coalesce(senders.contact_id, contacts_of_references.contact_id, responses.external_data_reference) as contact_id,
    responses.recipient_email as email,
    {% for id in embedded_ids -%}
    {{ json_text("responses._extra", id) }} as {{ id }},
    {% endfor -%}
    {{ json_text("responses._extra", "touchpoint") }} as touchpoint,
    {{ qualtrics_channel("responses.distribution_channel") }} as channel,
    lower(responses.user_language) as language,
    responses.started_at,
    responses.recorded_at as responded_at,
    coalesce(responses.finished, responses.progress = 100) as is_complete,
    {{ qualtrics_is_test("responses.status", "responses.distribution_channel") }} as is_test,

    responses.updated_at,
    responses.is_deleted,

    responses._load_id,
    responses._load_sequence,
    responses._loaded_at,
    responses._file,
    responses._row_number,
    responses._extra,
    responses._is_tombstone
from responses
left join senders
    on
        responses.source_system = senders.source_system
        and responses.response_id = senders.response_id
left join contacts_of_references
    on
        responses.source_system = contacts_of_references.source_system
        and responses.external_data_reference = contacts_of_references.ext_ref
