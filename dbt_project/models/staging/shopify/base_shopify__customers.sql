-- Grain: one row per delivered version of a customer of Shopify.

with raw_rows as (

    select * from {{ new_loads("raw", "shopify__customers") }} as new_rows
)

select
    _source_system as source_system,
    id as customer_id,

    first_name,
    last_name,
    email,
    coalesce(phone, default_address_phone, {{ json_text("default_address", "phone") }}) as phone,
    coalesce(default_address_country_code, {{ json_text("default_address", "country_code") }}) as country,
    coalesce(default_address_province_code, {{ json_text("default_address", "province_code") }}) as region,
    coalesce(default_address_city, {{ json_text("default_address", "city") }}) as city,
    coalesce(default_address_address1, {{ json_text("default_address", "address1") }}) as street,
    coalesce(default_address_zip, {{ json_text("default_address", "zip") }}) as postal_code,
    coalesce(
        {{ json_text("email_marketing_consent", "state") }},
        case lower(accepts_email_marketing) when 'yes' then 'subscribed' when 'no' then 'not_subscribed' end
    ) as email_consent,

    orders_count,

    created_at,

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
