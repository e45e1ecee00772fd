-- Grain: one row per version of an agent, with the interval in which it held.
-- A version begins at its valid_from, else at its updated_at, else on the day it was delivered; the first reaches
-- back to 1900, because a ticket may be older than the list of agents. A list that no longer names an agent does not
-- undo what they did: the agent keeps their versions, marked deleted. An agent known only from after as_of is taken
-- as first delivered.

with delivered_versions as (

    select
        *,
        coalesce(valid_from, updated_at, _loaded_at) as changed_at
    from {{ all_versions("agents") }} as delivered
    where not coalesce(_is_tombstone, false)
),

current_rows as (

    select * from {{ ref("int_agents_current") }}
),

deletions as (

    select
        source_system,
        agent_id,
        bool_and(coalesce(is_deleted, false)) as is_deleted
    from current_rows
    group by source_system, agent_id
),

versions_that_hold as (

    select
        delivered_versions.*,
        deletions.is_deleted as is_deleted_agent,
        delivered_versions.changed_at < {{ as_of_cut() }}
        and (delivered_versions.updated_at is null or delivered_versions.updated_at < {{ as_of_cut() }}) as is_known
    from delivered_versions
    inner join deletions
        on
            delivered_versions.source_system = deletions.source_system
            and delivered_versions.agent_id = deletions.agent_id
    inner join current_rows
        on
            delivered_versions.source_system = current_rows.source_system
            and delivered_versions.agent_id = current_rows.agent_id
            and delivered_versions.valid_from is not distinct from current_rows.valid_from
    where
        (not coalesce(current_rows.is_deleted, false) or deletions.is_deleted)
        and not coalesce(delivered_versions.is_deleted, false)
),

last_of_each_instant as (

    select *
    from versions_that_hold
    where is_known
    qualify row_number() over (
        partition by source_system, agent_id, changed_at
        order by updated_at desc nulls last, _load_sequence desc, _row_number desc
    ) = 1
),

first_delivered as (

    select *
    from versions_that_hold
    qualify
        not bool_or(is_known) over (partition by source_system, agent_id)
        and row_number() over (
            partition by source_system, agent_id
            order by updated_at is not null, changed_at, _load_sequence, _row_number
        ) = 1
),

known_versions as (

    select * from last_of_each_instant
    union all
    select * from first_delivered
),

numbered as (

    select
        *,
        row_number() over (partition by source_system, agent_id order by changed_at) as version_number,
        lead(changed_at) over (partition by source_system, agent_id order by changed_at) as next_changed_at
    from known_versions
),

int_agent_versions as (

    select
        source_system,
        agent_id,

        nullif(trim(name), '') as name,
        nullif(trim(email), '') as email,
        nullif(trim(team), '') as team,
        nullif(trim(role), '') as role,
        nullif(trim(shift), '') as shift,
        upper(currency) as currency,

        {{ money("hourly_cost") }} as hourly_cost,

        coalesce(is_bot, false) as is_bot,
        is_deleted_agent as is_deleted,

        hired_at,
        case when left_at < {{ as_of_cut() }} then left_at end as left_at,
        case
            when version_number = 1 then cast('1900-01-01 00:00:00+00' as timestamptz)
            else changed_at
        end as valid_from,
        coalesce(next_changed_at, cast('9999-12-31 00:00:00+00' as timestamptz)) as valid_to
    from numbered
)

select * from int_agent_versions
