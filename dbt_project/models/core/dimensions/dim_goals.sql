-- Grain: one row per goal of a source system, and the unknown goal -1.

with goals as (

    select * from {{ ref("int_goals_current") }}
),

dim_goals as (

    select
        {{ surrogate_key(["source_system", "goal_id"]) }} as goal_key,
        source_system,
        goal_id,

        name,
        priority,
        metric,
        owner,

        baseline_value as baseline_stated,
        target_value,

        coalesce(is_deleted, false) as is_deleted,

        starts_on,
        due_on
    from goals
    union all
    select
        -1 as goal_key,
        '-1' as source_system,
        '-1' as goal_id,

        'unknown' as name,
        null as priority,
        'unknown' as metric,
        null as owner,

        null as baseline_stated,
        null as target_value,

        false as is_deleted,

        null as starts_on,
        null as due_on
)

select * from dim_goals
