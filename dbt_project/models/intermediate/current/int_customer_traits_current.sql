-- Grain: one row per trait of a person of a source system, as of the run's day.

{{ current_versions("customer_traits", staging_models("customer_traits")) }}
