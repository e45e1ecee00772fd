-- Grain: one row per completed training of a source system, as of the run's day.

{{ current_versions("trainings", staging_models("trainings")) }}
