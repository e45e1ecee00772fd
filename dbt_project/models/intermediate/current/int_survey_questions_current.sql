-- Grain: one row per question, version and language of a source system, as of the run's day.

{{ current_versions("survey_questions", staging_models("survey_questions")) }}
