-- Grain: one row per invitation of a source system, as of the run's day.

{{ current_versions([ref("stg_generic__survey_invitations")], key=["invitation_id"]) }}
