-- Grain: one row per delivered version of a referral.

with raw_rows as (

    select * from {{ new_loads("raw", "generic__referrals") }} as new_rows
)

select
    _source_system as source_system,
    referral_id,
    referrer_contact_id,
    referred_contact_id,
    referred_email,
    referred_at,
    converted_at,

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
