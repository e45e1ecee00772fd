-- Grain: one row per visit to the web site of a source system, as of the run's day.

{{ current_versions("web_sessions", staging_models("web_sessions")) }}
