-- Grain: one row per survey of a source system, deleted ones included.
-- A survey that is no longer run still describes its past answers, so a deleted survey keeps the last description it
-- had. `survey` is its name as a member of a dimension: the id, with the system before it only where two systems
-- share the id.

with current_surveys as (

    select * from {{ ref("int_surveys_current") }}
),

delivered_versions as (

    select * from {{ all_versions("surveys") }} as delivered
),

last_descriptions_of_deleted as (

    select delivered_versions.*
    from delivered_versions
    inner join current_surveys
        on
            delivered_versions.source_system = current_surveys.source_system
            and delivered_versions.survey_id = current_surveys.survey_id
    where
        current_surveys.is_deleted
        and not coalesce(delivered_versions.is_deleted, false)
        and (delivered_versions.updated_at is null or delivered_versions.updated_at < {{ as_of_cut() }})
    qualify row_number() over (
        partition by delivered_versions.source_system, delivered_versions.survey_id
        order by
            delivered_versions.updated_at desc nulls last,
            delivered_versions._load_sequence desc,
            delivered_versions._row_number desc
    ) = 1
),

described as (

    select
        *,
        false as is_retired
    from current_surveys
    where not coalesce(is_deleted, false)

    union all by name

    select
        *,
        true as is_retired
    from last_descriptions_of_deleted
),

int_surveys_described as (

    select
        {{ surrogate_key(["source_system", "survey_id"]) }} as survey_key,
        source_system,
        survey_id,

        case
            when min(source_system) over (partition by survey_id) = max(source_system) over (partition by survey_id)
                then survey_id
            else source_system || ':' || survey_id
        end as survey,
        name,
        programme,
        method,
        department,
        nullif(trim(touchpoint), '') as touchpoint,
        owner,

        is_retired
    from described
)

select * from int_surveys_described
