-- Grain: one row per brand that a post is about or mentions, whichever tool knows it, and the unknown brand -1.
-- A brand is our own if a post of the business itself carries it.

with delivered_posts as (

    select
        *,
        not coalesce(is_deleted, false) and posted_at < {{ as_of_cut() }} as exists_at_cut
    from {{ ref("int_social_posts_current") }}
),

mentions as (

    select *
    from {{ ref("int_social_mentions_current") }}
    where not coalesce(is_deleted, false)
),

named as (

    select
        {{ brand_code("brand") }} as brand,
        trim(brand) as name,
        coalesce(is_own, false) as is_own
    from delivered_posts
    where exists_at_cut
    union all
    select
        {{ brand_code("mentions.brand") }} as brand,
        trim(mentions.brand) as name,
        false as is_own
    from mentions
    left join delivered_posts
        on
            mentions.source_system = delivered_posts.source_system
            and mentions.post_id = delivered_posts.post_id
    where coalesce(delivered_posts.exists_at_cut, true)
),

dim_brands as (

    select
        {{ surrogate_key(["brand"]) }} as brand_key,
        brand,

        min(name) as name,

        bool_or(is_own) as is_own
    from named
    group by brand
    union all
    select
        -1 as brand_key,
        'unknown' as brand,

        'unknown' as name,

        false as is_own
)

select * from dim_brands
