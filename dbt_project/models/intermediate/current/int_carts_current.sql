-- Grain: one row per cart of a source system, as of the run's day.

{{ current_versions("carts", staging_models("carts")) }}
