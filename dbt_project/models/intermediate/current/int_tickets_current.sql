-- Grain: one row per ticket of a source system, as of the run's day.

{{ current_versions([ref("stg_generic__tickets")], key=["ticket_id"]) }}
