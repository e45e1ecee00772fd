-- Grain: one row per refund of a source system, as of the run's day.

{{ current_versions("refunds", staging_models("refunds")) }}
