-- Grain: one row per cost of marketing of a source system, as of the run's day.

{{ current_versions("marketing_costs", staging_models("marketing_costs")) }}
