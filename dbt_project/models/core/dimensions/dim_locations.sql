-- Grain: one row per location of a source system, in its latest state at as_of, and the unknown one.

with locations as (

    select * from {{ ref("int_locations_current") }}
),

dim_locations as (

    select
        {{ surrogate_key(["source_system", "location_id"]) }} as location_key,
        source_system,
        location_id,

        name,
        type,
        upper(nullif(trim(country), '')) as country,
        region,
        city,

        latitude,
        longitude,

        coalesce(opened_on <= {{ as_of_date() }}, true)
        and coalesce(closed_on > {{ as_of_date() }}, true) as is_open,
        coalesce(is_deleted, false) as is_deleted,

        opened_on,
        closed_on
    from locations
    union all by name
    select
        -1 as location_key,
        '-1' as source_system,
        '-1' as location_id,
        'unknown' as name,
        false as is_open,
        false as is_deleted
)

select * from dim_locations
