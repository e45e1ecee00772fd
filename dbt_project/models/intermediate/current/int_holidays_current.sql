-- Grain: one row per holiday of a schedule of a source system, as of the run's day.

{{ current_versions([ref("stg_generic__holidays")], key=["schedule_id", "holiday_date"]) }}
