-- Grain: one row per brand that a post is about or mentions, whichever tool knows it, and the unknown brand -1.
-- A brand is our own if a post of the business itself carries it.

with posts as (

    select *
    from {{ ref("int_social_posts_current") }}
    where
        not coalesce(is_deleted, false)
        and posted_at < {{ as_of_cut() }}
),

named as (

    select
        {{ brand_code("brand") }} as brand,
        trim(brand) as name,
        coalesce(is_own, false) as is_own
    from posts
    union all
    select
        {{ brand_code("brand") }} as brand,
        trim(brand) as name,
        false as is_own
    from {{ ref("int_social_mentions_current") }}
    where not coalesce(is_deleted, false)
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
