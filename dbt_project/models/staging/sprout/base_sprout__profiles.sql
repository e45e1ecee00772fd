-- Grain: one row per delivered version of a profile that Sprout reads.

with raw_rows as (

    select * from {{ new_loads("raw", "sprout__profiles") }} as new_rows
)

select
    _source_system as source_system,
    customer_profile_id,
    {{ sprout_handle("coalesce(native_name, name)") }} as profile_name,

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
