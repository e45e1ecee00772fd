-- Grain: one row per delivered version of a message in Sprout's inbox.

with raw_rows as (

    select * from {{ new_loads("raw", "sprout__messages") }} as new_rows
)

select
    _source_system as source_system,
    guid as message_id,
    {{ sprout_network("network") }} as network,
    customer_profile_id,
    profile_guid,
    {{ json_text("sender", "guid") }} as sender_guid,
    coalesce({{ json_text("sender", "screen_name") }}, {{ json_text("sender", "name") }}) as sender_name,

    created_time,
    post_type,
    text,
    perma_link,
    lower(language_code) as language,
    {{ json_part("internal", "tags") }} as tags,
    try_cast({{ json_text(json_first("review_ratings"), "value") }} as double) as rating,
    try_cast({{ json_text(json_first("review_ratings"), "scale") }} as double) as rating_max,

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
