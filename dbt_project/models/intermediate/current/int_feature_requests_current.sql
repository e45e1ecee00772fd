-- Grain: one row per request for a feature of a source system, as of the run's day.

{{ current_versions("feature_requests", staging_models("feature_requests")) }}
