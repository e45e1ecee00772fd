-- Grain: one row per delivered version of an answer to a question of a survey of HubSpot: the rating or the words.

{{ config(materialized="view") }}

with submissions as (

    select *
    from {{ ref("base_hubspot__feedback_submissions") }}
    where not _is_tombstone
),

answers as (

    select
        *,
        {{ hubspot_rating_question() }} as question_id,
        rating as value_number,
        cast(null as varchar) as value_text,
        1 as place
    from submissions
    where survey_type in ('NPS', 'CSAT', 'CES')

    union all

    select
        *,
        {{ hubspot_words_question() }} as question_id,
        cast(null as double) as value_number,
        content as value_text,
        2 as place
    from submissions
    where content is not null
)

select
    source_system,
    submission_id as response_id,
    question_id,
    value_number,
    value_text,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10 + place as _row_number,
    _extra,
    _is_tombstone
from answers
