-- Grain: one row per delivered version of a member of a population that a survey asks.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__survey_populations") }} as new_rows
)

select
    _source_system as source_system,
    survey_id,
    period_start,
    dimension,
    member,
    population_n,

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
