-- Grain: one row per goal of a source system, as of the run's day.

{{ current_versions("goals", staging_models("goals")) }}
