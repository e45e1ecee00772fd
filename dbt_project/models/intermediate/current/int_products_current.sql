-- Grain: one row per product of a source system, as of the run's day.

{{ current_versions("products", staging_models("products")) }}
