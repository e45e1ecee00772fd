-- Grain: one row per order of a source system, as of the run's day.

{{ current_versions([ref("stg_generic__orders")], key=["order_id"]) }}
