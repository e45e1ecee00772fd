-- Grain: one row per contact of a source system, as of the run's day.

{{ current_versions("contacts", staging_models("contacts")) }}
