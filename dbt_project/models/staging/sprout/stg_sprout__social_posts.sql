-- Grain: one row per delivered version of a post of Sprout: own ones of the Post Performance Report, and messages that
-- others sent. What own profiles sent is left out of the messages: their posts would be there twice, under two numbers.

{{ config(materialized="view") }}

with received as (

    select *
    from {{ ref("base_sprout__messages") }}
    where
        coalesce(sender_guid <> profile_guid, true)
        -- Says that somebody follows a profile now, and is no message.
        and coalesce(post_type <> 'TWITTER_FOLLOWER_ALERT', true)
),

latest_profiles as (

    select * from {{ latest_delivered(ref("base_sprout__profiles"), "customer_profile_id") }} as delivered
),

latest_tags as (

    select * from {{ latest_delivered(ref("base_sprout__tags"), "tag_id") }} as delivered
),

tagged as (

    select
        source_system,
        _load_sequence,
        _row_number,
        {{ each_json_element("tags") }} as tag,
        {{ each_json_place("tags") }} as place
    from received
),

tags_of_received as (

    select
        tagged.source_system,
        tagged._load_sequence,
        tagged._row_number,
        {{ json_array_of("coalesce(latest_tags.text, " ~ json_text("tagged.tag", "id") ~ ")", "tagged.place") }} as tags
    from tagged
    left join latest_tags
        on
            tagged.source_system = latest_tags.source_system
            and {{ json_text("tagged.tag", "id") }} = latest_tags.tag_id
    group by tagged.source_system, tagged._load_sequence, tagged._row_number
),

latest_cases as (

    select * from {{ latest_delivered(ref("base_sprout__cases"), "case_id") }} as delivered
),

latest_queues as (

    select * from {{ latest_delivered(ref("base_sprout__queues"), "queue_id") }} as delivered
),

case_messages as (

    select
        *,
        {{ each_json_element("messages") }} as message
    from latest_cases
),

-- A message may belong to several cases: the latest says whose it is now.
teams_of_received as (

    select
        case_messages.source_system,
        {{ json_text("case_messages.message", "guid") }} as message_id,
        latest_queues.name as team
    from case_messages
    inner join latest_queues
        on
            case_messages.source_system = latest_queues.source_system
            and case_messages.queue_id = latest_queues.queue_id
    qualify row_number() over (
        partition by case_messages.source_system, message_id
        order by case_messages.created_time desc, case_messages.case_id desc
    ) = 1
)

select
    source_system,
    post_id,
    network,
    {{ sprout_brand("source_system", "profile_name") }} as brand,
    profile_name as author_handle,
    true as is_own,
    case when post_type like '%reply%' or post_type like '%comment%' then 'comment' else 'post' end as post_type,
    cast(null as double) as rating,
    cast(null as double) as rating_max,
    text as body,
    cast(null as varchar) as language,
    published_at as posted_at,
    tags,
    cast(null as timestamp with time zone) as replied_at,
    cast(null as varchar) as assigned_team,
    link as url,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from {{ ref("base_sprout__posts") }}
union all
select
    received.source_system,
    received.message_id as post_id,
    received.network,
    {{ sprout_brand("received.source_system", "latest_profiles.profile_name") }} as brand,
    received.sender_name as author_handle,
    false as is_own,
    {{ sprout_message_type("received.post_type") }} as post_type,
    received.rating,
    received.rating_max,
    received.text as body,
    nullif(received.language, 'un') as language,
    received.created_time as posted_at,
    tags_of_received.tags,
    cast(null as timestamp with time zone) as replied_at,
    teams_of_received.team as assigned_team,
    received.perma_link as url,

    received.updated_at,
    received.is_deleted,

    received._load_id,
    received._load_sequence,
    received._loaded_at,
    received._file,
    received._row_number,
    received._extra,
    received._is_tombstone
from received
left join latest_profiles
    on
        received.source_system = latest_profiles.source_system
        and received.customer_profile_id = latest_profiles.customer_profile_id
left join tags_of_received
    on
        received.source_system = tags_of_received.source_system
        and received._load_sequence = tags_of_received._load_sequence
        and received._row_number = tags_of_received._row_number
left join teams_of_received
    on
        received.source_system = teams_of_received.source_system
        and received.message_id = teams_of_received.message_id
