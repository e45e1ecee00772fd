-- Grain: one row per delivered version of a visit to the web site.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__web_sessions") }} as new_rows
)

select
    _source_system as source_system,
    session_id,
    visitor_id,
    contact_id,
    started_at,
    ended_at,
    device,
    source,
    campaign_id,
    landing_page,
    page_count,
    search_term,
    search_result_count,
    reached,

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
