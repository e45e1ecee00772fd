-- Grain: one row per answered question, or part of one, of the latest delivered version of a response of SurveyMonkey.
-- Of a response that was edited only the last version counts: it shows by absence which answers were taken back. The
-- API names choices by their ids, an export file by their words; the details of the survey lead both to the number.
-- Of several choices the words are joined, and there is no number. Without the details an answer has its words only.
-- A response yields many rows; their places make the number of the row unique.

{{ config(materialized="view") }}

with latest_responses as (

    select *
    from {{ ref("base_surveymonkey__responses") }}
    where not _is_tombstone
    qualify row_number() over (
        partition by source_system, response_id
        order by updated_at desc nulls last, _load_sequence desc, _row_number desc
    ) = 1
),

pages_of_responses as (

    select
        * exclude (pages),
        {{ each_json_element("pages") }} as page
    from latest_responses
),

questions_of_responses as (

    select
        * exclude (page),
        {{ each_json_element(json_part("page", "questions")) }} as question
    from pages_of_responses
),

given_in_pages as (

    select
        * exclude (question),
        {{ json_text("question", "id") }} as survey_question_id,
        {{ each_json_element(json_part("question", "answers")) }} as answer
    from questions_of_responses
),

columns_of_responses as (

    select
        *,
        {{ each_json_key("_extra") }} as column_name,
        {{ each_json_value_text("_extra") }} as words
    from latest_responses
    where pages is null
),

given_in_columns as (

    select
        columns_of_responses.*,
        question_columns.survey_question_id,
        question_columns.part,
        cast(null as varchar) as choice_id
    from columns_of_responses
    inner join {{ ref("base_surveymonkey__question_columns") }} as question_columns
        on
            columns_of_responses.source_system = question_columns.source_system
            and columns_of_responses.survey_id = question_columns.survey_id
            and {{ without_markup("columns_of_responses.column_name") }} = question_columns.column_name
),

given as (

    select
        * exclude (answer),
        {{ surveymonkey_part(
            "survey_question_id",
            json_text("answer", "row_id"),
            json_text("answer", "col_id"),
            other=json_text("answer", "other_id") ~ " is not null"
        ) }} as part,
        {{ json_text("answer", "choice_id") }} as choice_id,
        {{ json_text("answer", "text") }} as words
    from given_in_pages

    union all by name

    select * exclude (column_name, pages)
    from given_in_columns
),

latest_choices as (

    select *
    from {{ ref("base_surveymonkey__question_choices") }}
    qualify row_number() over (
        partition by source_system, survey_question_id, choice_id
        order by updated_at desc nulls last, _load_sequence desc, _row_number desc
    ) = 1
),

choices_of_labels as (

    select
        source_system,
        survey_question_id,
        lower(label) as label,
        max_by(choice_id, is_on_scale) as choice_id
    from latest_choices
    where label is not null
    group by source_system, survey_question_id, lower(label)
),

given_with_choice as (

    select
        given.* exclude (choice_id),
        coalesce(given.choice_id, choices_of_labels.choice_id) as choice_id
    from given
    left join choices_of_labels
        on
            given.source_system = choices_of_labels.source_system
            and given.survey_question_id = choices_of_labels.survey_question_id
            and lower({{ without_markup("given.words") }}) = choices_of_labels.label
),

-- Questions whose answers are numbers as they stand: sliders, and NPS where an export has the bare number.
questions_of_numbers as (

    select
        source_system,
        survey_question_id
    from {{ ref("base_surveymonkey__questions") }}
    where display_type = 'slider'

    union

    select
        source_system,
        survey_question_id
    from latest_choices
    where is_of_nps
),

answers as (

    select
        given.* exclude (words),
        coalesce(choices.label, given.words) as words,
        coalesce(
            choices.value,
            case when questions_of_numbers.survey_question_id is not null then try_cast(given.words as double) end
        ) as value,
        coalesce(choices.position, 0) as position
    from given_with_choice as given
    left join latest_choices as choices
        on
            given.source_system = choices.source_system
            and given.survey_question_id = choices.survey_question_id
            and given.choice_id = choices.choice_id
    left join questions_of_numbers
        on
            given.source_system = questions_of_numbers.source_system
            and given.survey_question_id = questions_of_numbers.survey_question_id
),

joined_answers as (

    select
        source_system,
        response_id,
        part,
        case when count(*) = 1 then max(value) end as value_number,
        string_agg(words, ', ' order by position, words) as value_text,

        updated_at,
        is_deleted,

        _load_id,
        _load_sequence,
        _loaded_at,
        _file,
        _row_number,
        _is_tombstone
    from answers
    group by all
)

select
    source_system,
    response_id,
    part as question_id,
    cast(null as varchar) as question_version,
    value_number,
    value_text,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10000 + row_number() over (partition by _load_sequence, _row_number order by part) as _row_number,
    cast(null as varchar) as _extra,
    _is_tombstone
from joined_answers
