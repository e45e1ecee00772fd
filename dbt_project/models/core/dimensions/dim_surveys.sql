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
    union all by name
    select
        -1 as survey_key,
        '-1' as source_system,
        '-1' as survey_id,
        'unknown' as survey,
        'unknown' as name,
        'unknown' as programme,
        false as is_retired
)

select * from dim_surveys
