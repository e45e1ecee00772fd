-- Grain: one row per delivered version of an answer to a question of a satisfaction survey of Freshdesk: a rating, or
-- what the customer added.

{{ config(materialized="view") }}

with ratings as (

    select *
    from {{ ref("base_freshdesk__satisfaction_ratings") }}
    where not _is_tombstone
),

rated_questions as (

    select
        *,
        {{ each_json_key("ratings") }} as question_name,
        {{ each_json_value_text("ratings") }} as rating,
        {{ each_json_key_place("ratings") }} as place
    from ratings
),

answers as (

    select
        *,
        {{ freshdesk_rating("rating") }} as value_number,
        cast(null as varchar) as value_text
    from rated_questions

    union all by name

    select
        *,
        'feedback' as question_name,
        0 as place,
        cast(null as double) as value_number,
        feedback as value_text
    from ratings
    where feedback is not null
)

select
    source_system,
    rating_id as response_id,
    {{ freshdesk_question("question_name") }} as question_id,
    value_number,
    value_text,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 100 + place as _row_number,
    _extra,
    _is_tombstone
from answers
where coalesce(cast(value_number as varchar), value_text) is not null
