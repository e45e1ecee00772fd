-- Grain: one row per post of a source system that was published before as_of.
-- The customer is the person whose contact gives the author's name on that network; posts of the business itself are
-- nobody's. What was written, by which name and where is in restricted.social_post_texts.

with posts as (

    select
        *,
        coalesce(is_own, false) as is_by_us,
        case when replied_at < {{ as_of_cut() }} then replied_at end as known_replied_at,
        {{ social_handle("network", "author_handle") }} as social_handle
    from {{ ref("int_social_posts_current") }}
    where
        not coalesce(is_deleted, false)
        and posted_at < {{ as_of_cut() }}
),

handles as (

    select * from {{ ref("int_social_handles_resolved") }}
),

brands as (

    select * from {{ ref("dim_brands") }}
),

customers as (

    select * from {{ ref("dim_customers") }}
),

test_customers as (

    select customer_id
    from {{ ref("dim_customers") }}
    where
        is_test
        and is_current
),

fct_social_posts as (

    select
        {{ surrogate_key(["posts.source_system", "posts.post_id"]) }} as post_key,
        posts.source_system,
        posts.post_id,
        coalesce(customers.customer_key, -1) as customer_key,
        coalesce(handles.customer_id, '-1') as customer_id,
        coalesce(brands.brand_key, -1) as brand_key,

        brands.brand,
        lower(trim(posts.network)) as network,
        posts.post_type,
        posts.language,
        posts.tags,
        posts.assigned_team,
        posts.reuse_permission,
        customers.segment,
        customers.country,

        posts.author_followers,
        posts.rating,
        posts.rating_max,
        posts.severity,
        case
            when posts.known_replied_at is not null
                then greatest({{ minutes_between("posts.posted_at", "posts.known_replied_at") }}, 0.0)
        end as reply_minutes,

        posts.is_by_us as is_own,
        posts.needs_reply,
        test_customers.customer_id is not null as is_test,

        {{ local_date("posts.posted_at") }} as posted_date,
        posts.posted_at,
        posts.known_replied_at as replied_at
    from posts
    left join handles
        on
            posts.social_handle = handles.social_handle
            and not posts.is_by_us
    left join brands on {{ brand_code("posts.brand") }} = brands.brand
    left join customers
        on
            handles.customer_id = customers.customer_id
            and posts.posted_at >= customers.valid_from
            and posts.posted_at < customers.valid_to
    left join test_customers on handles.customer_id = test_customers.customer_id
)

select * from fct_social_posts
