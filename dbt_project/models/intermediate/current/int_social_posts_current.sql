-- Grain: one row per post of a source system, as of the run's day.

{{ current_versions("social_posts", staging_models("social_posts")) }}
