-- Grain: one row per statement of a person about consent of a source system, as of the run's day.

{{ current_versions("consents", staging_models("consents")) }}
