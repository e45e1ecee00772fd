-- Grain: one row per version of a target (policy, metric and priority), and the unknown one.
-- A target that ends without a next one leaves a gap: nothing was promised then.

with target_versions as (

    select * from {{ dated_versions("sla_policies", ["policy_id", "metric", "priority"]) }} as versions
),

targets as (

    select
        source_system,
        policy_id,
        metric,
        priority,
        hours,
        target_minutes,
        is_member_deleted,
        held_from,
        least(held_to, coalesce(valid_to, held_to)) as held_to
    from target_versions
),

dim_sla_policies as (

    select
        {{ surrogate_key(["source_system", "policy_id", "metric", "priority", "held_from"]) }} as sla_policy_key,
        source_system,
        policy_id,

        metric,
        priority,
        hours,

        target_minutes,

        is_member_deleted as is_deleted,
        held_to >= {{ as_of_cut() }} as is_current,

        held_from as valid_from,
        held_to as valid_to
    from targets
    union all by name
    select
        -1 as sla_policy_key,
        '-1' as source_system,
        '-1' as policy_id,
        'unknown' as metric,
        'unknown' as priority,
        'unknown' as hours,
        false as is_deleted,
        true as is_current,
        cast('1900-01-01 00:00:00+00' as timestamptz) as valid_from,
        cast('9999-12-31 00:00:00+00' as timestamptz) as valid_to
)

select * from dim_sla_policies
