-- Grain: one row per opportunity of a source system, as of the run's day.

{{ current_versions("opportunities", staging_models("opportunities")) }}
