-- Grain: one row per day on which a person or an account used a product of a source system, as of the run's day.

{{ current_versions("product_usage", staging_models("product_usage")) }}
