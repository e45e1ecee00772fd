-- Grain: one row per question of a survey of HubSpot: the rating (of NPS, CSAT and CES) and the answer in words.
-- Scales are those that HubSpot documents. Of the three ratings of CSAT only the best is satisfied.

{{ config(materialized="view") }}

with first_submissions as (

    select *
    from {{ ref("base_hubspot__feedback_submissions") }}
    where not _is_tombstone
    qualify row_number() over (
        partition by source_system, survey_id
        order by submitted_at, _load_sequence, _row_number
    ) = 1
),

questions as (

    select
        *,
        {{ hubspot_rating_question() }} as question_id,
        lower(survey_type) as metric,
        case survey_type when 'CES' then 1.0 else 0.0 end as scale_min,
        case survey_type when 'NPS' then 10.0 when 'CSAT' then 2.0 else 7.0 end as scale_max,
        case survey_type when 'CSAT' then 2.0 end as satisfied_from,
        1 as place
    from first_submissions
    where survey_type in ('NPS', 'CSAT', 'CES')

    union all by name

    select
        *,
        {{ hubspot_words_question() }} as question_id,
        'text' as metric,
        2 as place
    from first_submissions
)

select
    source_system,
    question_id,
    survey_id,
    metric,
    cast(null as varchar) as language,
    scale_min,
    scale_max,
    satisfied_from,
    cast(null as varchar) as version,

    submitted_at as updated_at,
    false as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10 + place as _row_number,
    _extra,
    _is_tombstone
from questions
