-- Grain: one row per survey metric, period grain, period, dimension and member in which something happened.
-- Scores of different scales are never pooled: a row that mixes scales keeps its n and has no value; the members of the
-- dimension `scale` have one each.

{% set dimensions = ["channel", "touchpoint", "survey", "segment", "country"] -%}
{% set nps_parts -%}
        count(*) filter (where box = 'promoter') as promoters,
        count(*) filter (where box = 'detractor') as detractors,
        count(*) as n,
        min(scale) as first_scale,
        max(scale) as last_scale
{%- endset %}
{% set rating_parts -%}
        sum(n) as n,
        sum(satisfied_n) as satisfied_n,
        sum(easy_n) as easy_n,
        sum(very_easy_n) as very_easy_n,
        sum(hard_n) as hard_n,
        sum(score_sum) as score_sum,
        sum(score_sum_squares) as score_sum_squares,
        min(scale) as first_scale,
        max(scale) as last_scale
{%- endset %}
{% set fcr_parts -%}
        count(*) filter (where is_resolved_first_contact) as resolved_n,
        count(*) as n
{%- endset %}
{% set invitation_parts -%}
        sum(sent_n) as sent_n,
        sum(delivered_n) as delivered_n,
        sum(started_n) as started_n,
        sum(completed_n) as completed_n
{%- endset %}

with nps_answers as (

    select *
    from {{ ref("latest_survey_answers_by_period") }}
    where metric in ('nps', 'nps_transactional', 'nps_scale_1_10', 'nps_other_scale')
),

fcr_answers as (

    select *
    from {{ ref("latest_survey_answers_by_period") }}
    where metric = 'fcr_reported'
),

ratings as (

    select * from {{ ref("survey_rating_cells") }}
),

invitations as (

    select * from {{ ref("survey_invitation_cells") }}
),

weighted_nps as (

    select * from {{ ref("survey_weighted_nps") }}
),

nps_rolled_up as (

    {{ rollup("nps_answers", dimensions + ["scale"], nps_parts, by=["metric"]) }}
),

fcr_rolled_up as (

    {{ rollup("fcr_answers", dimensions, fcr_parts, by=["metric"]) }}
),

ratings_rolled_up as (

    {{ rollup("ratings", dimensions + ["scale"], rating_parts, by=["metric"]) }}
),

invitations_rolled_up as (

    {{ rollup("invitations", dimensions, invitation_parts) }}
),

nps_rows as (

    select
        *,
        promoters - detractors as numerator,
        n as denominator,
        promoters + detractors as sum_squares,
        {{ percent("promoters - detractors", "n") }} as value,
        {{ nps_low("promoters", "detractors", "n") }} as value_low,
        {{ nps_high("promoters", "detractors", "n") }} as value_high
    from nps_rolled_up
    where
        dimension <> 'scale'
        or metric = 'nps_other_scale'
),

fcr_rows as (

    select
        *,
        resolved_n as numerator,
        n as denominator,
        null as sum_squares,
        {{ percent("resolved_n", "n") }} as value,
        {{ wilson_low("resolved_n", "n") }} as value_low,
        {{ wilson_high("resolved_n", "n") }} as value_high
    from fcr_rolled_up
),

csat_rows as (

    select
        *,
        satisfied_n as numerator,
        n as denominator,
        null as sum_squares,
        {{ percent("satisfied_n", "n") }} as value,
        {{ wilson_low("satisfied_n", "n") }} as value_low,
        {{ wilson_high("satisfied_n", "n") }} as value_high
    from ratings_rolled_up
    where
        metric = 'csat'
        and dimension <> 'scale'
),

ces_rows as (

    select
        *,
        easy_n as numerator,
        n as denominator,
        null as sum_squares,
        {{ percent("easy_n", "n") }} as value,
        {{ wilson_low("easy_n", "n") }} as value_low,
        {{ wilson_high("easy_n", "n") }} as value_high
    from ratings_rolled_up
    where
        metric = 'ces'
        and dimension <> 'scale'
),

ces_net_rows as (

    select
        * replace ('ces_net' as metric),
        very_easy_n - hard_n as numerator,
        n as denominator,
        very_easy_n + hard_n as sum_squares,
        {{ percent("very_easy_n - hard_n", "n") }} as value,
        {{ nps_low("very_easy_n", "hard_n", "n") }} as value_low,
        {{ nps_high("very_easy_n", "hard_n", "n") }} as value_high
    from ratings_rolled_up
    where
        metric = 'ces'
        and dimension <> 'scale'
),

mean_rows as (

    select
        * replace (metric || '_mean' as metric),
        score_sum as numerator,
        n as denominator,
        score_sum_squares as sum_squares,
        {{ safe_divide("score_sum", "n") }} as value,
        {{ mean_low("score_sum", "score_sum_squares", "n") }} as value_low,
        {{ mean_high("score_sum", "score_sum_squares", "n") }} as value_high
    from ratings_rolled_up
),

response_rate_rows as (

    select
        *,
        'survey_response_rate' as metric,
        completed_n as numerator,
        delivered_n as denominator,
        delivered_n as n,
        null as sum_squares,
        {{ percent("completed_n", "delivered_n") }} as value,
        {{ wilson_low("completed_n", "delivered_n") }} as value_low,
        {{ wilson_high("completed_n", "delivered_n") }} as value_high
    from invitations_rolled_up
),

completion_rate_rows as (

    select
        *,
        'survey_completion_rate' as metric,
        completed_n as numerator,
        started_n as denominator,
        started_n as n,
        null as sum_squares,
        {{ percent("completed_n", "started_n") }} as value,
        {{ wilson_low("completed_n", "started_n") }} as value_low,
        {{ wilson_high("completed_n", "started_n") }} as value_high
    from invitations_rolled_up
),

weighted_rows as (

    select
        *,
        'all' as dimension,
        'all' as dimension_value
    from weighted_nps
),

all_rows as (

    {% for relation, mixes_scales in [
        ("nps_rows", "first_scale <> last_scale"), ("mean_rows", "first_scale <> last_scale"),
        ("fcr_rows", "false"), ("csat_rows", "false"), ("ces_rows", "false"), ("ces_net_rows", "false"),
        ("response_rate_rows", "false"), ("completion_rate_rows", "false"), ("weighted_rows", "false"),
    ] -%}
    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        n,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(sum_squares as double) as sum_squares,
        value,
        value_low,
        value_high,
        {{ mixes_scales }} as mixes_scales
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

metric_rows__surveys as (

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        cast(null as varchar) as currency,

        case when not mixes_scales then numerator end as numerator,
        denominator,
        case when not mixes_scales then sum_squares end as sum_squares,
        cast(n as bigint) as n,
        case when not mixes_scales then value end as value,
        case when not mixes_scales then value_low end as value_low,
        case when not mixes_scales then value_high end as value_high,
        cast(0 as bigint) as pending_n
    from all_rows
)

select {{ metric_row_columns() }}
from metric_rows__surveys
