-- Grain: one row per campaign event of a source system, as of the run's day.

{{ current_versions("campaign_events", staging_models("campaign_events")) }}
