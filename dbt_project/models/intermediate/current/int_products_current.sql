-- Grain: one row per product of a source system, as of the run's day.

{{ current_versions("products", [ref("stg_generic__products")]) }}
