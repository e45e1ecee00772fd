-- Grain: one row per post that has a text, an author's name or an address: they lead to people. Never published unless
-- asked for.

with posts as (

    select * from {{ ref("fct_social_posts") }}
),

delivered_posts as (

    select * from {{ ref("int_social_posts_current") }}
),

social_post_texts as (

    select
        posts.post_key,
        posts.source_system,
        posts.post_id,
        posts.customer_id,

        delivered_posts.author_handle,
        nullif(trim(delivered_posts.body), '') as body,
        delivered_posts.url,

        posts.posted_at
    from posts
    inner join delivered_posts
        on
            posts.source_system = delivered_posts.source_system
            and posts.post_id = delivered_posts.post_id
    where
        delivered_posts.author_handle is not null
        or nullif(trim(delivered_posts.body), '') is not null
        or delivered_posts.url is not null
)

select * from social_post_texts
