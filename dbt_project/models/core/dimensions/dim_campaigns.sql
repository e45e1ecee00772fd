-- Grain: one row per campaign that an event, an order, a visit, an interaction or a cost names, and the campaign -1 of
-- what names none.
-- A campaign is one by its id, whichever system names it: links carry it, and shops and books repeat it.

with seen as (

    {% set facts = [
        ("fct_campaign_events", "occurred_date", "occurred_date"),
        ("fct_orders", "ordered_date", "ordered_date"),
        ("fct_web_sessions", "started_date", "started_date"),
        ("fct_interactions", "started_date", "started_date"),
        (
            "fct_marketing_costs",
            "period_start",
            "greatest(period_start, least(period_end - interval 1 day, " ~ as_of_date() ~ "))",
        ),
    ] -%}
    {% for fact, first_day, last_day in facts -%}
    select
        {{ campaign_code("campaign_id") }} as campaign_id,
        min({{ first_day }}) as first_seen_date,
        max(cast({{ last_day }} as date)) as last_seen_date
    from {{ ref(fact) }}
    where {{ campaign_code("campaign_id") }} is not null
    group by all
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

types as (

    select
        campaign_id,
        {{ value_at_last("campaign_type", ["occurred_at", "campaign_event_key"]) }} as campaign_type
    from {{ ref("fct_campaign_events") }}
    where campaign_type is not null
    group by campaign_id
),

campaigns as (

    select
        campaign_id,
        min(first_seen_date) as first_seen_date,
        max(last_seen_date) as last_seen_date
    from seen
    group by campaign_id
),

dim_campaigns as (

    select
        {{ campaign_key("campaigns.campaign_id") }} as campaign_key,
        campaigns.campaign_id,

        types.campaign_type,

        campaigns.first_seen_date,
        campaigns.last_seen_date
    from campaigns
    left join types on campaigns.campaign_id = types.campaign_id
    union all
    select
        -1 as campaign_key,
        '-1' as campaign_id,

        null as campaign_type,

        null as first_seen_date,
        null as last_seen_date
)

select * from dim_campaigns
