-- Grain: one row per quality review of a source system, as of the run's day.

{{ current_versions("qa_reviews", staging_models("qa_reviews")) }}
