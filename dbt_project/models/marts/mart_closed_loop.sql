-- Grain: one row per week (Monday) and team.
-- Cases count in the week in which they were opened, for the team that has them; what is due within
-- case_contact_target_hours counts once those are over, contacted or not. Detractors are counted answers of 0 to 6 on
-- the 0-10 scale: in the week of the answer, for the team of their first case, and for 'unknown' where nobody has one.
-- Recovered is a detractor whose next counted NPS answer, after the first contact, is no detractor's.

with cases as (

    select
        *,
        coalesce(team, 'unknown') as team_or_unknown,
        created_at + interval {{ var("case_contact_target_hours") }} hour as due_at
    from {{ ref("fct_cases") }}
    where not is_test
),

nps_answers as (

    select *
    from {{ ref("fct_survey_answers") }}
    where nps_group is not null
),

judged_cases as (

    select
        team_or_unknown as team,
        {{ period_start("week", "created_date") }} as week_start,
        hours_to_first_contact,
        hours_to_close,
        is_closed,
        due_at < {{ as_of_cut() }} as is_decided,
        coalesce(first_contacted_at <= due_at, false) as is_in_time
    from cases
),

counted_cases as (

    select
        team,
        week_start,
        count(*) as case_count,
        count(*) filter (where is_decided) as n,
        count(*) filter (where not is_decided) as pending_n,
        count(*) filter (where is_decided and is_in_time) as in_time_count,
        count(*) filter (where is_closed) as closed_count,
        quantile_cont(hours_to_first_contact, 0.5) as hours_to_first_contact_median,
        quantile_cont(hours_to_close, 0.5) as hours_to_close_median
    from judged_cases
    group by team, week_start
),

first_cases as (

    select *
    from cases
    where response_key is not null
    qualify row_number() over (partition by response_key order by created_at, case_id, source_system) = 1
),

next_answers as (

    select
        answers.answer_key,
        min_by(later_answers.nps_group, later_answers.responded_at) as next_nps_group
    from nps_answers as answers
    inner join first_cases on answers.response_key = first_cases.response_key
    inner join nps_answers as later_answers
        on
            answers.customer_id = later_answers.customer_id
            and first_cases.first_contacted_at < later_answers.responded_at
            and answers.responded_at < later_answers.responded_at
    where
        answers.nps_group = 'detractor'
        and answers.customer_id <> '-1'
    group by answers.answer_key
),

counted_detractors as (

    select
        coalesce(first_cases.team_or_unknown, 'unknown') as team,
        {{ period_start("week", "answers.responded_date") }} as week_start,
        count(*) as detractor_count,
        count(*) filter (where first_cases.case_key is null) as detractor_without_case_count,
        count(next_answers.next_nps_group) as answered_again_count,
        count(*) filter (where next_answers.next_nps_group in ('passive', 'promoter')) as recovered_count
    from nps_answers as answers
    left join first_cases on answers.response_key = first_cases.response_key
    left join next_answers on answers.answer_key = next_answers.answer_key
    where answers.nps_group = 'detractor'
    group by all
),

cases_and_detractors as (

    select
        coalesce(counted_cases.team, counted_detractors.team) as team,
        coalesce(counted_cases.week_start, counted_detractors.week_start) as week_start,
        coalesce(counted_cases.case_count, 0) as case_count,
        coalesce(counted_cases.n, 0) as n,
        coalesce(counted_cases.pending_n, 0) as pending_n,
        coalesce(counted_cases.in_time_count, 0) as in_time_count,
        coalesce(counted_cases.closed_count, 0) as closed_count,
        counted_cases.hours_to_first_contact_median,
        counted_cases.hours_to_close_median,
        coalesce(counted_detractors.detractor_count, 0) as detractor_count,
        coalesce(counted_detractors.detractor_without_case_count, 0) as detractor_without_case_count,
        coalesce(counted_detractors.answered_again_count, 0) as answered_again_count,
        coalesce(counted_detractors.recovered_count, 0) as recovered_count
    from counted_cases
    full join counted_detractors
        on
            counted_cases.team = counted_detractors.team
            and counted_cases.week_start = counted_detractors.week_start
),

mart_closed_loop as (

    select
        {{ surrogate_key(["team", "week_start"]) }} as closed_loop_key,

        team,

        case_count,
        n,
        pending_n,
        in_time_count,
        {{ percent("in_time_count", "n") }} as within_target_pct,
        {{ wilson_low("in_time_count", "n") }} as within_target_pct_low,
        {{ wilson_high("in_time_count", "n") }} as within_target_pct_high,
        closed_count,
        hours_to_first_contact_median,
        hours_to_close_median,

        detractor_count,
        detractor_without_case_count,
        answered_again_count,
        recovered_count,
        {{ percent("recovered_count", "answered_again_count") }} as recovered_pct,
        {{ wilson_low("recovered_count", "answered_again_count") }} as recovered_pct_low,
        {{ wilson_high("recovered_count", "answered_again_count") }} as recovered_pct_high,

        week_start
    from cases_and_detractors
)

select * from mart_closed_loop
