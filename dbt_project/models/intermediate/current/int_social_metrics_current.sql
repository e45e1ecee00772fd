-- Grain: one row per reading of the counts of a post of a source system, as of the run's day.

{{ current_versions("social_metrics", staging_models("social_metrics")) }}
