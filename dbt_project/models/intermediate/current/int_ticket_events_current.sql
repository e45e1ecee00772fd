-- Grain: one row per ticket event of a source system, as of the run's day.

{{ current_versions("ticket_events", staging_models("ticket_events")) }}
