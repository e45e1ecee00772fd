-- Grain: one row per role of a contact at an account of a source system, as of the run's day.

{{ current_versions("account_contacts", staging_models("account_contacts")) }}
