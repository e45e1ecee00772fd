-- Grain: one row per survey of a source system, retired ones included, and the unknown one.

with surveys as (

    select * from {{ ref("int_surveys_described") }}
),

dim_surveys as (

    select
        survey_key,
        source_system,
        survey_id,

        survey,
        name,
        programme,
        method,
        department,
        touchpoint,
        owner,

        is_retired
    from surveys
    union all
    select
        '-1', '-1', '-1', 'unknown', 'unknown', 'unknown', null, null, null, null, false
)

select * from dim_surveys
