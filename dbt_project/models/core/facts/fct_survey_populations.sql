-- Grain: one row per survey of a source system, period, dimension and member whose customers the business has counted,
-- of periods that have begun by as_of.

with populations as (

    select *
    from {{ ref("int_survey_populations_current") }}
    where
        not coalesce(is_deleted, false)
        and period_start <= {{ as_of_date() }}
),

surveys as (

    select * from {{ ref("dim_surveys") }}
),

fct_survey_populations as (

    select
        {{ surrogate_key([
            "populations.source_system",
            "populations.survey_id",
            "populations.period_start",
            "populations.dimension",
            "populations.member",
        ]) }} as survey_population_key,
        populations.source_system,
        coalesce(surveys.survey_key, -1) as survey_key,
        populations.survey_id,

        surveys.survey,
        lower(trim(populations.dimension)) as dimension,
        trim(populations.member) as member,

        populations.population_n,

        populations.period_start
    from populations
    left join surveys
        on
            populations.source_system = surveys.source_system
            and populations.survey_id = surveys.survey_id
)

select * from fct_survey_populations
