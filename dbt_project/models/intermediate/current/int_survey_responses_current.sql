-- Grain: one row per response of a source system, as of the run's day.

{{ current_versions("survey_responses", staging_models("survey_responses")) }}
