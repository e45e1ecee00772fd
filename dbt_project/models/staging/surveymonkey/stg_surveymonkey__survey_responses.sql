-- Grain: one row per delivered version of a response of SurveyMonkey.
-- It was given when its time was over, however often it was changed since. The kind of collector is the channel. A
-- variable of the survey that has the name of an id here is that id; in an export file it is a column of that name.

{% set variables = ["contact_id", "account_id", "phone", "ticket_id", "order_id", "agent_id", "product_id"] -%}

{{ config(materialized="view") }}

with responses as (

    select * from {{ ref("base_surveymonkey__responses") }}
),

latest_collectors as (

    select * from {{ latest_delivered(ref("base_surveymonkey__collectors"), "collector_id") }} as delivered
)

select
    responses.source_system,
    responses.response_id,
    responses.survey_id,
    coalesce(responses.email_address, {{ surveymonkey_variable("responses", "email") }}) as email,
    {% for variable in variables -%}
    {{ surveymonkey_variable("responses", variable) }} as {{ variable }},
    {% endfor -%}
    {{ surveymonkey_variable("responses", "touchpoint") }} as touchpoint,
    {{ surveymonkey_channel("latest_collectors.type") }} as channel,
    responses.started_at,
    coalesce(
        least(responses.updated_at, {{ seconds_after("responses.started_at", "responses.total_time") }}),
        responses.started_at
    ) as responded_at,
    responses.response_status = 'completed' as is_complete,
    responses.collection_mode in ('preview', 'survey_preview') as is_test,

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
left join latest_collectors
    on
        responses.source_system = latest_collectors.source_system
        and responses.collector_id = latest_collectors.collector_id
