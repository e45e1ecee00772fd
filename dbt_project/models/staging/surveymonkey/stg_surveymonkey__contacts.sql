-- Grain: one row per delivered version of a contact of SurveyMonkey.

{{ config(materialized="view") }}

with contacts as (

    select * from {{ ref("base_surveymonkey__contacts") }}
)

select
    source_system,
    contact_id,
    first_name,
    last_name,
    email,
    phone_number as phone,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from contacts
