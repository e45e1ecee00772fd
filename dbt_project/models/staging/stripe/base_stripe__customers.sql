-- Grain: one row per delivered version of a customer of Stripe.

with raw_rows as (

    select * from {{ new_loads("raw", "stripe__customers") }} as new_rows
)

select
    _source_system as source_system,
    id as customer_id,

    name,
    nullif(trim(business_name), '') as business_name,
    nullif(trim(individual_name), '') as individual_name,
    email,
    phone,
    {{ json_text("address", "country") }} as country,
    {{ json_text("address", "state") }} as region,
    {{ json_text("address", "city") }} as city,
    {{ json_text("address", "line1") }} as street,
    {{ json_text("address", "postal_code") }} as postal_code,
    lower(split_part({{ json_first("preferred_locales") }}, '-', 1)) as language,
    tax_exempt,

    livemode as is_live,

    created as created_at,

    updated_at,
    coalesce(is_deleted, false) as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from raw_rows
