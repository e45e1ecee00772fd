-- Grain: one row per delivered version of a response.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__survey_responses") }} as new_rows
)

select
    _source_system as source_system,
    response_id,
    survey_id,
    invitation_id,
    contact_id,
    account_id,
    email,
    phone,
    ticket_id,
    order_id,
    agent_id,
    product_id,
    touchpoint,
    channel,
    device,
    language,
    started_at,
    responded_at,
    is_complete,
    is_test,

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
