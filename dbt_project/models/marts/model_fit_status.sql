-- Grain: one row per value model: whether it could be fitted at as_of, and if not, why.

with model_fit_status as (

    select
        model,
        version,

        reason,
        n,

        is_fitted,

        as_of
    from {{ source("steps", "model_fit_status") }}
)

select * from model_fit_status
