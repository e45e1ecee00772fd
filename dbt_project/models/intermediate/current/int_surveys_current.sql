-- Grain: one row per survey of a source system, as of the run's day.

{{ current_versions([ref("stg_generic__surveys")], key=["survey_id"]) }}
