-- Grain: one row per product of a source system, as of the run's day.

{{ current_versions([ref("stg_generic__products")], key=["product_id"]) }}
