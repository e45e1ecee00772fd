-- Grain: one row per delivery (load), survey and rule: what became of every answer that was read.
-- It foots: of each delivery the rows add up to the answers read. Every answer has one rule, the first that applies:
-- a row that broke the contract, a later delivery of the same answer, a deletion, then the reason why the answer counts
-- in no metric, then the scale. NPS questions on another scale than 0-10 are counted, but apart from the headline.

with versions as (

    select *
    from {{ all_versions("survey_answers") }} as delivered
    where not coalesce(_is_tombstone, false)
),

judged as (

    select *
    from {{ ref("int_versions_judged") }}
    where entity = 'survey_answers'
),

answers as (

    select * from {{ ref("fct_survey_answers") }}
),

current_answers as (

    select * from {{ ref("int_survey_answers_current") }}
),

current_responses as (

    select * from {{ ref("int_survey_responses_current") }}
),

surveys as (

    select * from {{ ref("dim_surveys") }}
),

files as (

    select *
    from {{ source("quality", "loaded_files") }}
    where
        vendor = 'generic'
        and entity = 'survey_answers'
        and status = 'loaded'
        and rows_quarantined > 0
),

delivered_answers as (

    select
        versions.source_system,
        versions._load_id as load_id,
        coalesce(
            answers.survey,
            surveys.survey,
            current_responses.survey_id,
            'unknown'
        ) as survey,
        case
            when not coalesce(judged.is_current, true) and versions.updated_at >= {{ as_of_cut() }} then 'after_as_of'
            when not coalesce(judged.is_current, true) then 'superseded'
            when current_answers.is_deleted then 'deleted'
            when answers.answer_key is null and coalesce(current_responses.is_deleted, false) then 'deleted'
            when answers.answer_key is null then 'after_as_of'
            when answers.exclusion_reason is not null then answers.exclusion_reason
            when answers.nps_group_other_scale is not null then 'other_scale'
            else 'counted'
        end as rule
    from versions
    left join judged
        on
            versions.source_system = judged.source_system
            and versions._load_sequence = judged._load_sequence
            and versions._row_number = judged._row_number
    left join current_answers
        on
            versions.source_system = current_answers.source_system
            and versions.response_id = current_answers.response_id
            and versions.question_id = current_answers.question_id
    left join answers
        on
            versions.source_system = answers.source_system
            and versions.response_id = answers.response_id
            and versions.question_id = answers.question_id
    left join current_responses
        on
            versions.source_system = current_responses.source_system
            and versions.response_id = current_responses.response_id
    left join surveys
        on
            current_responses.source_system = surveys.source_system
            and current_responses.survey_id = surveys.survey_id
),

all_answers as (

    select
        source_system,
        load_id,
        survey,
        rule,
        count(*) as answer_count
    from delivered_answers
    group by source_system, load_id, survey, rule

    union all

    select
        source_system,
        load_id,
        'unknown' as survey,
        'quarantined' as rule,
        sum(rows_quarantined) as answer_count
    from files
    group by source_system, load_id
),

survey_answer_ledger as (

    select
        {{ surrogate_key(["source_system", "load_id", "survey", "rule"]) }} as ledger_key,
        source_system,
        load_id,

        survey,
        rule,

        cast(answer_count as bigint) as answer_count,

        rule in ('counted', 'other_scale') as is_counted
    from all_answers
)

select * from survey_answer_ledger
