-- Grain: one row per delivered version of a satisfaction survey of Freshdesk; of one that is not listed, one from its
-- first answer. Freshdesk asks after a ticket, so all are transactional.

{{ config(materialized="view") }}

with surveys as (

    select * from {{ ref("base_freshdesk__surveys") }}
),

first_ratings as (

    select ratings.*
    from {{ ref("base_freshdesk__satisfaction_ratings") }} as ratings
    left join surveys
        on
            ratings.source_system = surveys.source_system
            and ratings.survey_id = surveys.survey_id
    where
        surveys.survey_id is null
        and not ratings._is_tombstone
    qualify row_number() over (
        partition by ratings.source_system, ratings.survey_id
        order by ratings.created_at, ratings._load_sequence, ratings._row_number
    ) = 1
),

listed_and_answered as (

    select * from surveys
    union all by name
    select
        * exclude (updated_at),
        created_at as updated_at
    from first_ratings
)

select
    source_system,
    survey_id,
    coalesce(title, survey_id) as name,
    'transactional' as programme,
    'survey' as method,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from listed_and_answered
