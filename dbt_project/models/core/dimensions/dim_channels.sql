-- Grain: one row per channel: those of the seed, those met in the data, and the unknown one.

with settings as (

    select * from {{ ref("channels") }}
),

met as (

    {% for entity, happened_at in [
        ("orders", "ordered_at"),
        ("tickets", "created_at"),
        ("survey_responses", "responded_at"),
        ("survey_invitations", "sent_at"),
        ("interactions", "started_at"),
    ] -%}
    select distinct channel
    from {{ ref("int_" ~ entity ~ "_current") }}
    where
        channel is not null
        and {{ happened_at }} < {{ as_of_cut() }}
    {% if not loop.last %}union{% endif %}
    {% endfor %}
),

names as (

    select channel from settings
    union
    select channel from met
),

dim_channels as (

    select
        names.channel as channel_key,
        names.channel,

        coalesce(settings.channel_group, 'unknown') as channel_group,

        settings.is_personal,
        settings.is_synchronous,
        settings.is_public
    from names
    left join settings on names.channel = settings.channel
    union all
    select
        '-1',
        'unknown',
        'unknown',
        null,
        null,
        null
)

select * from dim_channels
