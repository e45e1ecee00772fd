-- Grain: one row per delivered version of a post.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__social_posts") }} as new_rows
)

select
    _source_system as source_system,
    post_id,
    network,
    brand,
    author_handle,
    author_followers,
    is_own,
    post_type,
    rating,
    rating_max,
    reuse_permission,
    body,
    language,
    posted_at,
    tags,
    severity,
    needs_reply,
    replied_at,
    assigned_team,
    url,

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
