-- Grain: one row per opening window of a schedule of a source system, as of the run's day.

{{ current_versions([ref("stg_generic__schedules")], key=["schedule_id", "valid_from", "weekday", "opens_at"]) }}
