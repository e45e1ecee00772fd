-- Grain: one row per contact of a source system, as of the run's day.

{{ current_versions([ref("stg_generic__contacts")], key=["contact_id"]) }}
