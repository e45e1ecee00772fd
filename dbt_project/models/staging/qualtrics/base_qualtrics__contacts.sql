-- Grain: one row per delivered version of a contact of Qualtrics.

with raw_rows as (

    select * from {{ new_loads("raw", "qualtrics__contacts") }} as new_rows
)

select
    _source_system as source_system,
    contact_id,
    ext_ref,

    first_name,
    last_name,
    email,
    phone,
    language,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    {{ extra_with("embedded_data", "embedded_data") }} as _extra,
    _is_tombstone
from raw_rows
