-- Grain: one row per version of an item of a quality form of a source system, as of the run's day.

{{ current_versions("qa_items", staging_models("qa_items")) }}
