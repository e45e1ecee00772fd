-- Grain: one row per holiday of a schedule of a source system, as of the run's day.

{{ current_versions("holidays", staging_models("holidays")) }}
