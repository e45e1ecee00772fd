-- Grain: one row per line of a cart of a source system, as of the run's day.

{{ current_versions("cart_lines", staging_models("cart_lines")) }}
