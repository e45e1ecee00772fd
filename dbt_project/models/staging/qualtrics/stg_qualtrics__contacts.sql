-- Grain: one row per delivered version of a contact of Qualtrics.

{{ config(materialized="view") }}

with contacts as (

    select * from {{ ref("base_qualtrics__contacts") }}
)

select
    source_system,
    contact_id,
    first_name,
    last_name,
    email,
    phone,
    lower(language) as language,

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
