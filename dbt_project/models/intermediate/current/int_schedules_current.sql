-- Grain: one row per opening window of a schedule of a source system, as of the run's day.

{{ current_versions("schedules", staging_models("schedules")) }}
