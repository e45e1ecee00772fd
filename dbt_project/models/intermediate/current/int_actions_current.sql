-- Grain: one row per action of a source system, as of the run's day.

{{ current_versions("actions", staging_models("actions")) }}
