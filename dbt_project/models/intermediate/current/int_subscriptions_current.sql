-- Grain: one row per price period of a subscription of a source system, as of the run's day.

{{ current_versions("subscriptions", staging_models("subscriptions")) }}
