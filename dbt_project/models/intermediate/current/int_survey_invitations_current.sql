-- Grain: one row per invitation of a source system, as of the run's day.

{{ current_versions("survey_invitations", [ref("stg_generic__survey_invitations")]) }}
