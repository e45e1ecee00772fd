-- Grain: one row per segment: those of the seed, those met on customers, and the unknown one.

with settings as (

    select * from {{ ref("segments") }}
),

names as (

    select segment from settings
    union
    select distinct segment
    from {{ ref("int_customer_versions") }}
    where segment is not null
),

dim_segments as (

    select
        names.segment as segment_key,
        names.segment,

        coalesce(settings.name, names.segment) as name,
        settings.rule,

        cast(settings.priority as integer) as priority
    from names
    left join settings on names.segment = settings.segment
    union all
    select
        '-1',
        'unknown',
        'Unknown',
        null,
        null
)

select * from dim_segments
