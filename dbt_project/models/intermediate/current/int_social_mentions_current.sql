-- Grain: one row per brand mentioned in a post of a source system, as of the run's day.

{{ current_versions("social_mentions", staging_models("social_mentions")) }}
