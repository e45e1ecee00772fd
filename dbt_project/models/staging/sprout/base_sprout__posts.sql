-- Grain: one row per delivered version of a post in Sprout's Post Performance Report.
-- Numbers are unique on their network only. Sprout puts an apostrophe before a cell that a spreadsheet would calculate.

with raw_rows as (

    select * from {{ new_loads("raw", "sprout__posts") }} as new_rows
)

select
    _source_system as source_system,
    {{ sprout_network("network") }} || ':' || id as post_id,
    {{ sprout_network("network") }} as network,
    {{ sprout_handle(sprout_cell("profile")) }} as profile_name,

    published_at,
    lower({{ sprout_cell("post_type") }}) as post_type,
    {{ sprout_cell("text") }} as text,
    link,
    {{ split_to_json("tags", ",") }} as tags,

    impressions,
    reach,
    coalesce(reactions, likes) as reactions,
    comments,
    shares,
    link_clicks,

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
