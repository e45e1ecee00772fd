-- Grain: one row per quality review and item of a source system, as of the run's day.

{{ current_versions("qa_answers", staging_models("qa_answers")) }}
