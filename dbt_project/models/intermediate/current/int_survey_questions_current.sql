-- Grain: one row per question, version and language of a source system, as of the run's day.

{{ current_versions([ref("stg_generic__survey_questions")], key=["question_id", "version", "language"]) }}
