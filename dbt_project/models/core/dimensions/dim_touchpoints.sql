-- Grain: one row per touchpoint: those of the seed, those that the data name, and the unknown one -1.

with settings as (

    select * from {{ ref("touchpoints") }}
),

contacts as (

    {% for entity, traits in touchpoint_entities().items() -%}
    select
        {{ touchpoint_of(entity) }} as touchpoint,
        {{ traits["happened_at"] }} as happened_at
    from {{ ref("int_" ~ entity ~ "_current") }}
    where
        not coalesce(is_deleted, false)
        and {{ traits["happened_at"] }} < {{ as_of_cut() }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

met as (

    select
        touchpoint,
        min(happened_at) as first_seen_at,
        max(happened_at) as last_seen_at
    from contacts
    where
        touchpoint is not null
        and touchpoint <> '-1'
    group by touchpoint
),

names as (

    select touchpoint from settings
    union
    select touchpoint from met
),

dim_touchpoints as (

    select
        names.touchpoint as touchpoint_key,
        names.touchpoint,

        coalesce(settings.name, names.touchpoint) as name,
        settings.channel,
        settings.stage,
        settings.process_code,
        settings.owner,

        coalesce(settings.is_planned, false) as is_planned,
        settings.touchpoint is not null as is_documented,

        met.first_seen_at,
        met.last_seen_at
    from names
    left join settings on names.touchpoint = settings.touchpoint
    left join met on names.touchpoint = met.touchpoint
    union all
    select
        '-1',
        'unknown',

        'Unknown',
        null,
        null,
        null,
        null,

        false,
        false,

        null,
        null
)

select * from dim_touchpoints
