-- Grain: one row per member of a population that a survey asks of a source system, as of the run's day.

{{ current_versions("survey_populations", staging_models("survey_populations")) }}
