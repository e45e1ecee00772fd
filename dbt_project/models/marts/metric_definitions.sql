-- Grain: one row per metric: the registry. A metric that is not here does not exist.
-- The rows are seeds, one file per field, so that a definition is written beside those it must agree with.

{% set fields = ["surveys", "service", "orders", "subscriptions", "value"] -%}

with definitions as (

    {% for field in fields -%}
    select * from {{ ref("metric_definitions__" ~ field) }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
),

metric_definitions as (

    select
        cast(metric as varchar) as metric,

        cast(name as varchar) as name,
        cast(question as varchar) as question,
        cast(population as varchar) as population,
        cast(numerator as varchar) as numerator,
        cast(denominator as varchar) as denominator,
        cast(unit as varchar) as unit,
        cast(direction as varchar) as direction,
        cast(event_date as varchar) as event_date,
        cast(maturity_rule as varchar) as maturity_rule,
        cast(exclusions as varchar) as exclusions,
        cast(null_rule as varchar) as null_rule,
        cast(grains as varchar) as grains,
        cast(owner as varchar) as owner,
        cast(source as varchar) as source,

        cast(window_days as integer) as window_days,
        cast(version as integer) as version
    from definitions
)

select * from metric_definitions
