-- Grain: one row per interaction of a source system, as of the run's day.

{{ current_versions("interactions", staging_models("interactions")) }}
