-- Grain: one row per delivered version of a role of a contact at an account.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__account_contacts") }} as new_rows
)

select
    _source_system as source_system,
    account_id,
    contact_id,
    role,
    valid_from,
    valid_to,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
