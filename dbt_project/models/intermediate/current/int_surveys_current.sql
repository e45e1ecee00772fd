-- Grain: one row per survey of a source system, as of the run's day.

{{ current_versions("surveys", staging_models("surveys")) }}
