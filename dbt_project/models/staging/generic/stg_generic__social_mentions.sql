-- Grain: one row per delivered version of a brand mentioned in a post.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__social_mentions") }} as new_rows
)

select
    _source_system as source_system,
    post_id,
    brand,

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
