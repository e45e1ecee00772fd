-- Grain: one row per delivered version of a price of Stripe, in whole units of its currency.

with raw_rows as (

    select * from {{ new_loads("raw", "stripe__prices") }} as new_rows
)

select
    _source_system as source_system,
    id as price_id,
    product as product_id,

    upper(currency) as currency,

    case
        when object is null then unit_amount
        else
            {{ money(stripe_whole_units(
                "coalesce(try_cast(unit_amount_decimal as double), unit_amount)", "currency"
            )) }}
    end as unit_amount,

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
