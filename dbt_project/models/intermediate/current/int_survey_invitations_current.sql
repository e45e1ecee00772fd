-- Grain: one row per invitation of a source system, as of the run's day.

{{ current_versions("survey_invitations", staging_models("survey_invitations")) }}
