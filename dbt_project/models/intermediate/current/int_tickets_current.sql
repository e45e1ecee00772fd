-- Grain: one row per ticket of a source system, as of the run's day.

{{ current_versions("tickets", staging_models("tickets")) }}
