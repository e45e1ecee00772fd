-- Grain: one row per reason for contact: those of the seed, those that the data name, and the unknown one -1.

with settings as (

    select * from {{ ref("contact_reasons") }}
),

met as (

    {% for entity, reason, happened_at in [
        ("tickets", "category", "created_at"),
        ("tickets", "root_cause", "created_at"),
        ("interactions", "reason", "started_at"),
    ] -%}
    select trim({{ reason }}) as reason
    from {{ ref("int_" ~ entity ~ "_current") }}
    where
        not coalesce(is_deleted, false)
        and {{ happened_at }} < {{ as_of_cut() }}
    {% if not loop.last %}union{% endif %}
    {% endfor %}
),

names as (

    select reason from settings
    union
    select reason
    from met
    where reason not in ('', '-1')
),

-- A reason with its wider ones: parents is 0 at the top, 1 and 2 below.
placed as (

    select
        names.reason,
        settings.name,
        settings.parent_reason,
        settings.need,
        settings.answered_at,
        coalesce(settings.area, parents.area, grandparents.area) as area,
        settings.reason is not null as is_documented,
        parents.parent_reason as grandparent_reason,
        case
            when settings.parent_reason is null then 0
            when parents.parent_reason is null then 1
            when grandparents.parent_reason is null then 2
        end as parent_count
    from names
    left join settings on names.reason = settings.reason
    left join settings as parents on settings.parent_reason = parents.reason
    left join settings as grandparents on parents.parent_reason = grandparents.reason
),

dim_reasons as (

    select
        reason as reason_key,
        reason,

        coalesce(name, reason) as name,
        parent_reason,
        case parent_count
            when 0 then reason
            when 1 then parent_reason
            when 2 then grandparent_reason
        end as reason_level_1,
        case parent_count when 1 then reason when 2 then parent_reason end as reason_level_2,
        case parent_count when 2 then reason end as reason_level_3,
        area,
        need,
        answered_at,

        parent_count + 1 as level_number,

        is_documented
    from placed
    union all
    select
        '-1',
        'unknown',

        'Unknown',
        null,
        null,
        null,
        null,
        null,
        null,
        null,

        1,

        false
)

select * from dim_reasons
