-- Grain: one row per question of a satisfaction survey of Freshdesk, from its list; of a survey that is not listed,
-- from the first answer. The first question asks how satisfied the customer is, further ones why. Ratings go from 3
-- (extremely happy) to -3 (extremely unhappy), whichever of them the survey offers; from 1 (happy) on they are
-- satisfied.

{{ config(materialized="view") }}

with surveys as (

    select * from {{ ref("base_freshdesk__surveys") }}
),

ratings as (

    select ratings.*
    from {{ ref("base_freshdesk__satisfaction_ratings") }} as ratings
    left join surveys
        on
            ratings.source_system = surveys.source_system
            and ratings.survey_id = surveys.survey_id
    where
        surveys.survey_id is null
        and not ratings._is_tombstone
),

listed_questions as (

    select
        *,
        {{ each_json_element("questions") }} as question,
        {{ each_json_place("questions") }} as place
    from surveys
    where not _is_tombstone
),

answered_questions as (

    select
        * exclude (updated_at),
        created_at as updated_at,
        {{ each_json_key("ratings") }} as question_name,
        {{ each_json_key_place("ratings") }} as place
    from ratings
),

questions as (

    select
        *,
        {{ json_text("question", "id") }} as question_name,
        {{ without_markup(json_text("question", "label")) }} as text
    from listed_questions

    union all by name

    (
        select *
        from answered_questions
        qualify row_number() over (
            partition by source_system, survey_id, question_name
            order by created_at, _load_sequence, _row_number
        ) = 1
    )

    union all by name

    select
        *,
        'feedback' as question_name,
        0 as place
    from surveys
    where not _is_tombstone

    union all by name

    (
        select
            * exclude (updated_at),
            created_at as updated_at,
            'feedback' as question_name,
            0 as place
        from ratings
        qualify row_number() over (
            partition by source_system, survey_id
            order by created_at, _load_sequence, _row_number
        ) = 1
    )
)

select
    source_system,
    {{ freshdesk_question("question_name") }} as question_id,
    survey_id,
    case question_name when 'default_question' then 'csat' when 'feedback' then 'text' else 'driver' end as metric,
    text,
    cast(null as varchar) as language,
    case when question_name <> 'feedback' then -3.0 end as scale_min,
    case when question_name <> 'feedback' then 3.0 end as scale_max,
    case when question_name <> 'feedback' then 1.0 end as satisfied_from,
    cast(null as varchar) as version,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 100 + place as _row_number,
    _extra,
    _is_tombstone
from questions
