-- Grain: one row per order of a source system, as of the run's day.

{{ current_versions("orders", staging_models("orders")) }}
