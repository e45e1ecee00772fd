-- Grain: one row per fitted model and parameter; scores are closed forms of these (macros/value_models.sql).
-- A model that could not be fitted has no row: model_fit_status says why.

with fits as (

    select * from {{ source("steps", "model_fits") }}
),

margin_ratio as (

    select * from {{ ref("int_margin_ratio") }}
),

model_parameters as (

    select
        model,
        version,
        parameter,

        value,
        n,
        log_likelihood,

        data_from,
        data_to,
        as_of
    from fits
    union all
    select
        'margin_ratio' as model,
        margin_ratio_source as version,
        'margin_ratio' as parameter,

        margin_ratio as value,
        n,
        null as log_likelihood,

        data_from,
        data_to,
        {{ as_of_date() }} as as_of
    from margin_ratio
)

select * from model_parameters
