-- Grain: one row per ticket event of a source system, as of the run's day.

{{ current_versions("ticket_events", [ref("stg_generic__ticket_events")]) }}
