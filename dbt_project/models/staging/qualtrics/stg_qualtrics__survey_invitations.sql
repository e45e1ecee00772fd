-- Grain: one row per delivered version of a contact's part in a distribution of Qualtrics.
-- A reminder or thank-you is no further invitation. Who was skipped or blocked was not invited, and is marked as
-- deleted: an earlier version may have said that it was pending. What failed or bounced came back when it was sent;
-- Qualtrics does not tell the instant. Embedded data of the distribution are the invitation's.

{{ config(materialized="view") }}

with histories as (

    select * from {{ ref("base_qualtrics__distribution_history") }}
),

latest_distributions as (

    select * from {{ latest_delivered(ref("base_qualtrics__distributions"), "distribution_id") }} as delivered
),

histories_of_invitations as (

    select
        histories.*,
        {{ json_part("latest_distributions._extra", "embedded_data") }} as embedded_data,
        coalesce(
            latest_distributions.survey_id,
            nullif(regexp_extract(histories.survey_link, 'SV_[0-9A-Za-z]+'), ''),
            'unknown'
        ) as survey_id,
        coalesce(
            nullif(regexp_extract(histories.survey_link, '[?&]Q_CHL=([a-z]+)', 1), ''),
            case when latest_distributions.request_type = 'GeneratedInvite' then 'gl' else 'email' end
        ) as link_channel
    from histories
    left join latest_distributions
        on
            histories.source_system = latest_distributions.source_system
            and histories.distribution_id = latest_distributions.distribution_id
    where
        latest_distributions.parent_distribution_id is null
        and coalesce(latest_distributions.request_type, 'Invite') not in ('Reminder', 'ThankYou')
)

select
    source_system,
    distribution_id || ':' || contact_id as invitation_id,
    survey_id,
    contact_id,
    {{ qualtrics_channel("link_channel") }} as channel,
    sent_at,
    case when status in ('softbounce', 'hardbounce', 'failure', 'error', 'unknown') then sent_at end as bounced_at,
    opened_at,
    response_started_at as started_at,
    case when status <> 'surveypartiallyfinished' then response_completed_at end as completed_at,

    updated_at,
    coalesce(is_deleted, false) or coalesce(status in ('skipped', 'blocked'), false) or sent_at is null as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("embedded_data", "embedded_data") }} as _extra,
    _is_tombstone
from histories_of_invitations
