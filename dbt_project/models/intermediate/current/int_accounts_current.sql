-- Grain: one row per account of a source system, as of the run's day.

{{ current_versions("accounts", staging_models("accounts")) }}
