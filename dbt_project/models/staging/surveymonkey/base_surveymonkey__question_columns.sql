-- Grain: one row per name that a column of SurveyMonkey's export files may have, with the part of a question in it.
-- The names are those that the loader makes of the two header rows, in lower case. The latest delivered details count.
-- Where nothing stands beside the boxes of a question the export writes Response below it, or nothing. A question that
-- takes several choices has a column for each. Two questions of a survey with the same words cannot be told apart.

{{ config(materialized="view") }}

with latest_parts as (

    select *
    from {{ ref("base_surveymonkey__question_parts") }}
    where not _is_tombstone and kind <> 'menu'
    qualify rank() over (
        partition by source_system, survey_id
        order by updated_at desc nulls last, _load_sequence desc, _row_number desc
    ) = 1
),

latest_choices as (

    select *
    from {{ ref("base_surveymonkey__question_choices") }}
    qualify rank() over (
        partition by source_system, survey_id
        order by updated_at desc nulls last, _load_sequence desc, _row_number desc
    ) = 1
),

names as (

    select
        *,
        heading || coalesce(' | ' || row_label, '') as column_name
    from latest_parts

    union all

    select
        *,
        heading || ' | ' || {{ surveymonkey_box("family") }} as column_name
    from latest_parts
    where row_label is null

    union all

    select
        latest_parts.*,
        latest_parts.heading || ' | ' || latest_choices.label as column_name
    from latest_parts
    inner join latest_choices
        on
            latest_parts.source_system = latest_choices.source_system
            and latest_parts.survey_id = latest_choices.survey_id
            and latest_parts.survey_question_id = latest_choices.survey_question_id
    where
        latest_parts.family = 'multiple_choice'
        and latest_parts.kind = 'question'
)

select
    source_system,
    survey_id,
    lower(column_name) as column_name,

    min(survey_question_id) as survey_question_id,
    min(part) as part
from names
where column_name is not null
group by source_system, survey_id, lower(column_name)
having count(distinct part) = 1
