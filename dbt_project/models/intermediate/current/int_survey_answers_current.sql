-- Grain: one row per answer of a response to a question of a source system, as of the run's day.

{{ current_versions("survey_answers", staging_models("survey_answers")) }}
