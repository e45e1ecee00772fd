-- Grain: one row per name that a survey of HubSpot had, from the first answer under it.
-- HubSpot tells of a survey only with its answers. NPS and surveys of an account's own making ask about the
-- relationship, CSAT, CES and those of knowledge articles about one transaction.

{{ config(materialized="view") }}

with submissions as (

    select *
    from {{ ref("base_hubspot__feedback_submissions") }}
    where not _is_tombstone
),

names_in_order as (

    select
        *,
        coalesce(survey_name, survey_type, survey_id) as name,
        lag(coalesce(survey_name, survey_type, survey_id)) over (
            partition by source_system, survey_id
            order by submitted_at, _load_sequence, _row_number
        ) as earlier_name
    from submissions
)

select
    source_system,
    survey_id,
    name,
    case when survey_type in ('CSAT', 'CES', 'KNOWLEDGE') then 'transactional' else 'relational' end as programme,
    'survey' as method,

    submitted_at as updated_at,
    false as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from names_in_order
where name is distinct from earlier_name
