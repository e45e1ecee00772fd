-- Grain: one row per delivered version of a trait of a person.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__customer_traits") }} as new_rows
)

select
    _source_system as source_system,
    contact_id,
    trait_type,
    trait,
    origin,
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
