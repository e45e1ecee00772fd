-- Grain: one row per agent and interval of team and role of a source system, as of the run's day.

{{ current_versions("agents", staging_models("agents")) }}
