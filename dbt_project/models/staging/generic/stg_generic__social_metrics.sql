-- Grain: one row per delivered version of the counts of a post.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__social_metrics") }} as new_rows
)

select
    _source_system as source_system,
    post_id,
    captured_at,
    likes,
    comments,
    shares,
    reposts,
    clicks,
    impressions,
    reach,
    followers,

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
