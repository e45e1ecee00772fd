-- Grain: one row per month (first day), team, and item of a quality form.
-- The month is that of the review, the team the agent's at its instant. Targeted reviews and those of test customers do
-- not count; calibrations are apart. What did not apply is in no score. Area is the item's at the review: an item
-- that changes its area in a month has a row for each. Items add up to areas; scores are means, their parts add up.

with answers as (

    select
        *,
        {{ period_start("month", "reviewed_date") }} as month_start,
        coalesce(team, 'unknown') as team_or_unknown,
        coalesce(area, 'unknown') as area_or_unknown
    from {{ ref("fct_qa_answers") }}
    where qa_review_key is not null
),

reviews as (

    select * from {{ ref("fct_qa_reviews") }}
),

answers_with_reviews as (

    select
        answers.*,
        reviews.calibration_id,
        reviews.reviewer_id,
        reviews.is_calibration,
        reviews.is_calibration
        and reviews.calibration_id is not null
        and not reviews.is_test
        and answers.is_failed is not null as is_calibrated
    from answers
    inner join reviews on answers.qa_review_key = reviews.qa_review_key
    where
        reviews.is_counted
        or (reviews.is_calibration and not reviews.is_test)
),

counted as (

    select
        month_start,
        team_or_unknown as team,
        source_system,
        form_id,
        area_or_unknown as area,
        item_id,
        count(*) filter (where is_counted) as n,
        count(*) filter (where is_counted and is_failed) as failed_count,
        count(*) filter (where is_counted and is_failed and is_critical) as critical_failed_count,
        count(*) filter (where exclusion_reason = 'not_applicable' and not is_calibration) as not_applicable_count,
        {{ exact_sum("case when is_counted then score_percent end") }} as score_sum,
        {{ exact_sum("case when is_counted then score_percent * score_percent end") }} as score_sum_squares
    from answers_with_reviews
    group by month_start, team_or_unknown, source_system, form_id, area_or_unknown, item_id
),

-- Two reviewers of one calibration and item, each pair once.
pairs as (

    select
        one.month_start,
        one.team_or_unknown as team,
        one.source_system,
        one.form_id,
        one.area_or_unknown as area,
        one.item_id,
        count(*) as calibration_pair_n,
        count(*) filter (where one.is_failed = other.is_failed) as calibration_agreed_count,
        cast(sum(cast(one.is_failed as integer) + cast(other.is_failed as integer)) as bigint)
        as calibration_failed_count
    from answers_with_reviews as one
    inner join answers_with_reviews as other
        on
            one.source_system = other.source_system
            and one.calibration_id = other.calibration_id
            and one.form_id = other.form_id
            and one.item_id = other.item_id
            and one.reviewer_id < other.reviewer_id
    where
        one.is_calibrated
        and other.is_calibrated
    group by
        one.month_start, one.team_or_unknown, one.source_system, one.form_id, one.area_or_unknown, one.item_id
),

items as (

    select
        counted.*,
        coalesce(pairs.calibration_pair_n, 0) as calibration_pair_n,
        coalesce(pairs.calibration_agreed_count, 0) as calibration_agreed_count,
        coalesce(pairs.calibration_failed_count, 0) as calibration_failed_count
    from counted
    left join pairs
        on
            counted.month_start = pairs.month_start
            and counted.team = pairs.team
            and counted.source_system = pairs.source_system
            and counted.form_id = pairs.form_id
            and counted.area = pairs.area
            and counted.item_id = pairs.item_id
),

-- By chance two reviewers agree where both fail or both pass: p * p + (1 - p) * (1 - p), p the share of fails.
chances as (

    select
        *,
        {{ safe_divide("calibration_agreed_count", "calibration_pair_n") }} as agreed_share,
        power({{ safe_divide("calibration_failed_count", "(2 * calibration_pair_n)") }}, 2)
        + power(1 - {{ safe_divide("calibration_failed_count", "(2 * calibration_pair_n)") }}, 2) as chance_share
    from items
),

team_months as (

    select
        {{ period_start("month", "reviewed_date") }} as month_start,
        coalesce(team, 'unknown') as team,
        source_system,
        form_id,
        count(*) as review_n,
        count(*) filter (where is_auto_fail) as auto_fail_count,
        avg(score) as review_score
    from reviews
    where is_counted
    group by month_start, coalesce(team, 'unknown'), source_system, form_id
),

mart_qa as (

    select
        {{ surrogate_key([
            "chances.month_start", "chances.team", "chances.source_system", "chances.form_id", "chances.area",
            "chances.item_id",
        ]) }} as qa_key,
        chances.source_system,
        chances.form_id,
        chances.item_id,

        chances.team,
        chances.area,

        chances.n,
        chances.failed_count,
        chances.critical_failed_count,
        chances.not_applicable_count,
        chances.score_sum,
        {{ safe_divide("chances.score_sum", "chances.n") }} as score,
        {{ mean_low("chances.score_sum", "chances.score_sum_squares", "chances.n") }} as score_low,
        {{ mean_high("chances.score_sum", "chances.score_sum_squares", "chances.n") }} as score_high,
        {{ percent("chances.failed_count", "chances.n") }} as failed_pct,
        {{ wilson_low("chances.failed_count", "chances.n") }} as failed_pct_low,
        {{ wilson_high("chances.failed_count", "chances.n") }} as failed_pct_high,

        coalesce(team_months.review_n, 0) as review_n,
        coalesce(team_months.auto_fail_count, 0) as auto_fail_count,
        team_months.review_score,

        chances.calibration_pair_n,
        chances.calibration_agreed_count,
        chances.calibration_failed_count,
        {{ safe_divide("(chances.agreed_share - chances.chance_share)", "(1 - chances.chance_share)") }}
        as calibration_kappa,

        chances.month_start
    from chances
    left join team_months
        on
            chances.month_start = team_months.month_start
            and chances.team = team_months.team
            and chances.source_system = team_months.source_system
            and chances.form_id = team_months.form_id
)

select * from mart_qa
