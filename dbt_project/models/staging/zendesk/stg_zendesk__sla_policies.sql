-- Grain: one row per target of a version of a service level policy of Zendesk, for one metric and priority.
-- Targets hold from the instant at which the policy was changed; those of the version that was seen first hold since
-- ever, because what was before it is not known. One that the next version lacks ends there. A policy that is gone from
-- the list has a tombstone for each of its targets.

{{ config(materialized="view") }}

with policies as (

    select * from {{ ref("base_zendesk__sla_policies") }}
),

versions as (

    select *
    from policies
    where not _is_tombstone
    qualify row_number() over (
        partition by source_system, policy_id, updated_at order by _load_sequence desc, _row_number desc
    ) = 1
),

numbered as (

    select
        *,
        row_number() over (
            partition by source_system, policy_id order by updated_at asc nulls first
        ) as version_number,
        lead(updated_at) over (
            partition by source_system, policy_id order by updated_at asc nulls first
        ) as next_updated_at
    from versions
),

elements as (

    select
        *,
        {{ each_json_element("policy_metrics") }} as policy_metric
    from numbered
),

targets as (

    select
        *,
        case {{ json_text("policy_metric", "metric") }}
            when 'first_reply_time' then 'first_reply'
            when 'next_reply_time' then 'next_reply'
            when 'requester_wait_time' then 'requester_wait'
            when 'agent_work_time' then 'agent_work'
            when 'periodic_update_time' then 'periodic_update'
            when 'pausable_update_time' then 'pausable_update'
            when 'total_resolution_time' then 'full_resolution'
        end as metric,
        {{ json_text("policy_metric", "priority") }} as priority,
        cast({{ json_text("policy_metric", "target") }} as double) as target_minutes,
        cast({{ json_text("policy_metric", "business_hours") }} as boolean) as is_business_hours
    from elements
),

known_targets as (

    select *
    from targets
    where
        metric is not null
        and priority in ('low', 'normal', 'high', 'urgent')
        and target_minutes > 0
    qualify row_number() over (
        partition by source_system, policy_id, version_number, metric, priority order by target_minutes
    ) = 1
),

delivered_targets as (

    select
        known_targets.source_system,
        known_targets.policy_id,
        known_targets.metric,
        known_targets.priority,
        known_targets.target_minutes,
        case when known_targets.is_business_hours then 'business' else 'calendar' end as hours,
        case when known_targets.version_number > 1 then known_targets.updated_at end as valid_from,
        case when next_targets.policy_id is null then known_targets.next_updated_at end as valid_to,

        known_targets.updated_at,
        known_targets.is_deleted,

        known_targets._load_id,
        known_targets._load_sequence,
        known_targets._loaded_at,
        known_targets._file,
        known_targets._row_number,
        known_targets._extra,
        known_targets._is_tombstone
    from known_targets
    left join known_targets as next_targets
        on
            known_targets.source_system = next_targets.source_system
            and known_targets.policy_id = next_targets.policy_id
            and known_targets.version_number + 1 = next_targets.version_number
            and known_targets.metric = next_targets.metric
            and known_targets.priority = next_targets.priority
)

select * from delivered_targets
union all
select
    delivered_targets.source_system,
    delivered_targets.policy_id,
    delivered_targets.metric,
    delivered_targets.priority,
    cast(null as double) as target_minutes,
    cast(null as varchar) as hours,
    delivered_targets.valid_from,
    cast(null as timestamp with time zone) as valid_to,

    policies.updated_at,
    policies.is_deleted,

    policies._load_id,
    policies._load_sequence,
    policies._loaded_at,
    policies._file,
    policies._row_number,
    policies._extra,
    policies._is_tombstone
from policies
inner join delivered_targets
    on
        policies.source_system = delivered_targets.source_system
        and policies.policy_id = delivered_targets.policy_id
        and policies._load_sequence > delivered_targets._load_sequence
where policies._is_tombstone
