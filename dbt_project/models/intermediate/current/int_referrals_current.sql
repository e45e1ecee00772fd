-- Grain: one row per referral of a source system, as of the run's day.

{{ current_versions("referrals", staging_models("referrals")) }}
