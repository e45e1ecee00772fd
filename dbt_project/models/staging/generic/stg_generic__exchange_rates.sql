-- Grain: one row per delivered version of a day and pair of currencies.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__exchange_rates") }} as new_rows
)

select
    _source_system as source_system,
    rate_date,
    from_currency,
    to_currency,
    rate,

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
