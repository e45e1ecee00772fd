-- Grain: one row per post and brand that it mentions.
-- A post without a list of its mentions mentions its own brand. A mention of a post that was never delivered is here
-- without what only the post tells; one of a post that is deleted or lies after as_of is not.

with posts as (

    select * from {{ ref("fct_social_posts") }}
),

-- Two spellings of a brand in one post are one mention.
listed_mentions as (

    select distinct
        source_system,
        post_id,
        {{ brand_code("brand") }} as brand
    from {{ ref("int_social_mentions_current") }}
    where not coalesce(is_deleted, false)
),

posts_with_list as (

    select distinct
        source_system,
        post_id
    from listed_mentions
),

delivered_posts as (

    select
        source_system,
        post_id
    from {{ ref("int_social_posts_current") }}
),

mentions as (

    select
        listed_mentions.source_system,
        listed_mentions.post_id,
        listed_mentions.brand,
        true as is_listed
    from listed_mentions
    left join posts
        on
            listed_mentions.source_system = posts.source_system
            and listed_mentions.post_id = posts.post_id
    left join delivered_posts
        on
            listed_mentions.source_system = delivered_posts.source_system
            and listed_mentions.post_id = delivered_posts.post_id
    where
        posts.post_key is not null
        or delivered_posts.post_id is null
    union all
    select
        posts.source_system,
        posts.post_id,
        posts.brand,
        false as is_listed
    from posts
    left join posts_with_list
        on
            posts.source_system = posts_with_list.source_system
            and posts.post_id = posts_with_list.post_id
    where posts_with_list.post_id is null
),

brands as (

    select * from {{ ref("dim_brands") }}
),

fct_social_mentions as (

    select
        {{ surrogate_key(["mentions.source_system", "mentions.post_id", "mentions.brand"]) }} as mention_key,
        mentions.source_system,
        posts.post_key,
        mentions.post_id,
        coalesce(posts.customer_key, -1) as customer_key,
        coalesce(posts.customer_id, '-1') as customer_id,
        coalesce(brands.brand_key, -1) as brand_key,

        mentions.brand,
        posts.network,
        posts.post_type,
        posts.segment,
        posts.country,

        posts.severity,
        posts.reply_minutes,

        coalesce(brands.is_own, false) as is_own_brand,
        coalesce(posts.is_own, false) as is_own_post,
        mentions.is_listed,
        posts.needs_reply,
        coalesce(posts.is_test, false) as is_test,

        posts.posted_date,
        posts.posted_at,
        posts.replied_at
    from mentions
    left join posts
        on
            mentions.source_system = posts.source_system
            and mentions.post_id = posts.post_id
    left join brands on mentions.brand = brands.brand
)

select * from fct_social_mentions
