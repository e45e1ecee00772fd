-- Grain: one row per delivered version of a survey of Qualtrics, from the list of surveys or from its definition.
-- Qualtrics does not say whether a survey asks about the relationship or about a transaction: a setting does.

{{ config(materialized="view") }}

with surveys as (

    select * from {{ ref("base_qualtrics__surveys") }}
),

definitions as (

    select
        * exclude (survey_name, questions, base_language),
        survey_name as name
    from {{ ref("base_qualtrics__survey_definitions") }}
),

all_surveys as (

    select * from surveys
    union all by name
    select * from definitions
)

select
    source_system,
    survey_id,
    name,
    case when {{ qualtrics_is_transactional("survey_id") }} then 'transactional' else 'relational' end as programme,
    'survey' as method,
    owner_id as owner,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from all_surveys
