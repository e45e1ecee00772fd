-- Grain: one row per post and local day on which its counts were read; the last reading of the day stands for it.
-- Counts are cumulative; what was added is the difference from the last day with a known count, so that the additions
-- of a post sum to its count. The first day holds all since publication. A count that is not delivered is null, not 0.

{% set counts = ["likes", "comments", "shares", "reposts", "clicks", "impressions", "reach"] -%}

with readings as (

    select
        *,
        {{ local_date("captured_at") }} as metric_date
    from {{ ref("int_social_metrics_current") }}
    where
        not coalesce(is_deleted, false)
        and captured_at < {{ as_of_cut() }}
),

days as (

    select *
    from readings
    qualify row_number() over (partition by source_system, post_id, metric_date order by captured_at desc) = 1
),

posts as (

    select * from {{ ref("fct_social_posts") }}
),

delivered_posts as (

    select
        source_system,
        post_id
    from {{ ref("int_social_posts_current") }}
),

additions as (

    select
        *,
        {% for count in counts -%}
        {{ count }} - coalesce(last_value({{ count }} ignore nulls) over before, 0) as {{ count }}_added,
        {% endfor -%}
        -- Followers were there before the post.
        followers - last_value(followers ignore nulls) over before as followers_added
    from days
    window before as (
        partition by source_system, post_id
        order by metric_date
        rows between unbounded preceding and 1 preceding
    )
),

fct_social_metrics_daily as (

    select
        {{ surrogate_key(["additions.source_system", "additions.post_id", "additions.metric_date"]) }}
        as social_metric_key,
        additions.source_system,
        posts.post_key,
        additions.post_id,
        coalesce(posts.brand_key, -1) as brand_key,

        posts.brand,
        posts.network,

        {% for count in counts + ["followers"] -%}
        additions.{{ count }},
        additions.{{ count }}_added,
        {% endfor %}
        coalesce(posts.is_own, false) as is_own_post,

        additions.metric_date,
        additions.captured_at
    from additions
    left join posts
        on
            additions.source_system = posts.source_system
            and additions.post_id = posts.post_id
    left join delivered_posts
        on
            additions.source_system = delivered_posts.source_system
            and additions.post_id = delivered_posts.post_id
    where
        posts.post_key is not null
        or delivered_posts.post_id is null
)

select * from fct_social_metrics_daily
