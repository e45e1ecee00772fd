-- Grain: one row per line of an order of a source system, as of the run's day.

{{ current_versions("order_lines", staging_models("order_lines")) }}
