-- Grain: one row per persona of the seed, and the unknown one (customers of a segment without a persona).

with settings as (

    select * from {{ ref("personas") }}
),

dim_personas as (

    select
        persona as persona_key,
        persona,

        name,
        segment,
        goals,
        frustrations,
        channels
    from settings
    union all
    select
        '-1',
        '-1',
        'Unknown',
        null,
        null,
        null,
        null
)

select * from dim_personas
