-- Grain: one row per delivered version of a survey of SurveyMonkey, from the list of surveys or from its details.
-- SurveyMonkey does not say whether a survey asks about the relationship or about a transaction: a setting does.

{{ config(materialized="view") }}

with surveys as (

    select * from {{ ref("base_surveymonkey__surveys") }}
),

details as (

    select * exclude (language, pages) from {{ ref("base_surveymonkey__survey_details") }}
),

all_surveys as (

    select * from surveys
    union all by name
    select * from details
)

select
    source_system,
    survey_id,
    title as name,
    case when {{ surveymonkey_is_transactional("survey_id") }} then 'transactional' else 'relational' end as programme,
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
from all_surveys
