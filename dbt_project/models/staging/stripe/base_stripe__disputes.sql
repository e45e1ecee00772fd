-- Grain: one row per delivered version of a dispute of Stripe.

with raw_rows as (

    select * from {{ new_loads("raw", "stripe__disputes") }} as new_rows
)

select
    _source_system as source_system,
    id as dispute_id,
    charge as charge_id,

    lower(status) as stripe_status,

    created as created_at,

    updated_at,
    coalesce(is_deleted, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
