-- Grain: one row per location of a source system, as of the run's day.

{{ current_versions("locations", staging_models("locations")) }}
