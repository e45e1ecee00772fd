-- Grain: one row per payment of a source system, as of the run's day.

{{ current_versions("payments", staging_models("payments")) }}
