-- Grain: one row per answered question, or part of one, of the latest delivered version of a response of Qualtrics.
-- Of a response that was edited only the last version counts: it shows by absence which answers were taken back. An
-- answer is a column with the name of a question, a part of one or a text; what Qualtrics works out from it (the NPS
-- group, orders of display, timings, topics) is none. Its number is the recode value; an export of words is led back to
-- it by the definition. A response yields many rows; their places make the number of the row unique.

{{ config(materialized="view") }}

with latest_responses as (

    select
        *,
        _extra as values_of_columns
    from {{ ref("base_qualtrics__responses") }}
    where not _is_tombstone
    qualify row_number() over (
        partition by source_system, response_id
        order by updated_at desc nulls last, _load_sequence desc, _row_number desc
    ) = 1
),

columns_of_responses as (

    select
        * exclude (values_of_columns),
        upper({{ each_json_key("values_of_columns") }}) as part,
        {{ each_json_value_text("values_of_columns") }} as value,
        {{ each_json_key_place("values_of_columns") }} as place
    from latest_responses
),

answers as (

    select
        *,
        regexp_extract(part, 'QID[0-9]+') as survey_question_id,
        case
            when part not like '%\_TEXT' escape '\'
                and regexp_full_match(value, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)')
                then try_cast(value as double)
        end as value_number
    from columns_of_responses
    where regexp_full_match(part, '([0-9A-Z]+_)?QID[0-9]+(#[0-9]+)?(_[0-9X]+)*(_TEXT)?')
),

latest_options as (

    select *
    from {{ ref("base_qualtrics__question_options") }}
    where
        value is not null
        and label is not null
    qualify rank() over (
        partition by source_system, survey_id
        order by updated_at desc nulls last, _load_sequence desc, _row_number desc
    ) = 1
),

labels_of_values as (

    select
        source_system,
        survey_id,
        survey_question_id,
        value,
        min(label) as label
    from latest_options
    group by source_system, survey_id, survey_question_id, value
),

values_of_labels as (

    select
        source_system,
        survey_id,
        survey_question_id,
        lower(label) as label,
        min(value) as value
    from latest_options
    group by source_system, survey_id, survey_question_id, lower(label)
    having count(distinct value) = 1
)

select
    answers.source_system,
    answers.response_id,
    {{ qualtrics_question_id("answers.survey_id", "answers.part") }} as question_id,
    cast(null as varchar) as question_version,
    coalesce(answers.value_number, values_of_labels.value) as value_number,
    coalesce(labels_of_values.label, answers.value) as value_text,

    answers.updated_at,
    answers.is_deleted,

    answers._load_id,
    answers._load_sequence,
    answers._loaded_at,
    answers._file,
    answers._row_number * 10000 + answers.place as _row_number,
    cast(null as varchar) as _extra,
    answers._is_tombstone
from answers
left join labels_of_values
    on
        answers.source_system = labels_of_values.source_system
        and answers.survey_id = labels_of_values.survey_id
        and answers.survey_question_id = labels_of_values.survey_question_id
        and answers.value_number = labels_of_values.value
left join values_of_labels
    on
        answers.source_system = values_of_labels.source_system
        and answers.survey_id = values_of_labels.survey_id
        and answers.survey_question_id = values_of_labels.survey_question_id
        and answers.part not like '%\_TEXT' escape '\'
        and lower({{ without_markup("answers.value") }}) = values_of_labels.label
