-- Grain: one row per day and pair of currencies of a source system, as of the run's day.

{{ current_versions("exchange_rates", staging_models("exchange_rates")) }}
