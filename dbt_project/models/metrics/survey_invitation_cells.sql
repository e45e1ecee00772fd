-- Grain: one row per period of the send date, programme, survey, channel, touchpoint, segment and country.
-- A rate of answering follows the cohort that was asked: the answers of invitations sent in the period, whenever they
-- came.

with invitations as (

    select *
    from {{ ref("fct_survey_invitations") }}
    where exclusion_reason is null
),

questions as (

    select * from {{ ref("dim_survey_questions") }}
),

period_days as (

    select * from {{ ref("period_days") }}
),

metrics_of_surveys as (

    select
        survey_key,
        bool_or(metric = 'nps') as asks_nps,
        bool_or(metric = 'csat') as asks_csat,
        bool_or(metric = 'ces') as asks_ces
    from questions
    group by survey_key
),

survey_invitation_cells as (

    select
        period_days.period_grain,
        period_days.period_start,

        invitations.programme,
        invitations.survey,
        invitations.channel,
        invitations.touchpoint,
        invitations.segment,
        invitations.country,

        count(*) as sent_n,
        count(*) filter (where invitations.is_delivered) as delivered_n,
        count(*) filter (where invitations.is_started) as started_n,
        count(*) filter (where invitations.is_completed) as completed_n,

        coalesce(metrics_of_surveys.asks_nps, false) as asks_nps,
        coalesce(metrics_of_surveys.asks_csat, false) as asks_csat,
        coalesce(metrics_of_surveys.asks_ces, false) as asks_ces
    from invitations
    inner join period_days on invitations.sent_date = period_days.date_day
    left join metrics_of_surveys on invitations.survey_key = metrics_of_surveys.survey_key
    group by all
)

select * from survey_invitation_cells
