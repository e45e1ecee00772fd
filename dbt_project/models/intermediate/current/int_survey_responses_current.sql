-- Grain: one row per response of a source system, as of the run's day.

{{ current_versions([ref("stg_generic__survey_responses")], key=["response_id"]) }}
