-- Grain: one row per journey, persona and stage of the seed, and the unknown stage -1.

with settings as (

    select * from {{ ref("journey_map") }}
),

dim_journey_stages as (

    select
        {{ surrogate_key(["journey", "persona", "stage"]) }} as journey_stage_key,
        journey,
        persona,
        stage,

        goal,
        needs,
        goal_event,
        intended_emotion,
        opportunity,

        cast(stage_order as integer) as stage_order
    from settings
    union all
    select
        -1,
        'unknown',
        '-1',
        'unknown',

        null,
        null,
        null,
        null,
        null,

        null
)

select * from dim_journey_stages
