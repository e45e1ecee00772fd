-- Grain: one row per delivery of the counts of a post by Sprout's Post Performance Report.
-- The report does not say when it was exported; its counts are those of the load.

{{ config(materialized="view") }}

with posts as (

    select *
    from {{ ref("base_sprout__posts") }}
    where not _is_tombstone
)

select
    source_system,
    post_id,
    _loaded_at as captured_at,
    reactions as likes,
    comments,
    shares,
    link_clicks as clicks,
    impressions,
    reach,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from posts
