-- Grain: one row per follow-up case of a source system, as of the run's day.

{{ current_versions("cases", staging_models("cases")) }}
