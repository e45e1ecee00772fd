-- Grain: one row per response of a source system, as of the run's day.

{{ current_versions("survey_responses", [ref("stg_generic__survey_responses")]) }}
