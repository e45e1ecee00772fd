-- Grain: one row per version of a target of a service level policy of a source system, as of the run's day.

{{ current_versions("sla_policies", staging_models("sla_policies")) }}
