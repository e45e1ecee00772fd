-- Grain: one row per delivered version of an opportunity of Salesforce, and one per entry of its stage history: what
-- the opportunity was from then on, else as last delivered.
-- It was closed by the entry that led from an open stage to a closed one; where no history tells, on its close date, or
-- when it was known to be closed if that was earlier. Its contact is the primary one of its roles, else the first, else
-- its own, else the person of a person account.

{{ config(materialized="view") }}

with opportunities as (

    select * from {{ ref("base_salesforce__opportunities") }}
),

last_delivered as (

    select * from {{ latest_delivered("opportunities", "opportunity_id") }} as delivered
),

stages as (

    select
        source_system,
        stage_name,
        avg(case when is_closed then 1 else 0 end) > 0.5 as is_closed,
        avg(case when is_won then 1 else 0 end) > 0.5 as is_won
    from opportunities
    where stage_name is not null
    group by source_system, stage_name
),

primary_contacts as (

    select
        source_system,
        opportunity_id,
        contact_id
    from {{ latest_delivered(ref("base_salesforce__opportunity_contact_roles"), "role_id") }} as delivered
    where not is_deleted
    qualify row_number() over (
        partition by source_system, opportunity_id
        order by coalesce(is_primary, false) desc, role_id asc
    ) = 1
),

accounts as (

    select * from {{ latest_delivered(ref("base_salesforce__accounts"), "account_id") }} as delivered
),

entries as (

    select
        history.*,
        coalesce(stages.is_closed, history.probability in (0, 100), false) as is_closed,
        coalesce(stages.is_won, history.probability = 100, false) as is_won
    from {{ ref("base_salesforce__opportunity_history") }} as history
    left join stages
        on
            history.source_system = stages.source_system
            and history.stage_name = stages.stage_name
    where
        not history._is_tombstone
        and not history.is_deleted
),

entries_in_order as (

    select
        *,
        is_closed and not coalesce(
            lag(is_closed) over (partition by source_system, opportunity_id order by created_at, history_id), false
        ) as is_closing
    from entries
),

closings as (

    select
        source_system,
        opportunity_id,
        max(created_at) as closed_at
    from entries_in_order
    where is_closing
    group by source_system, opportunity_id
),

delivered_versions as (

    select
        opportunities.*,
        case
            when opportunities.is_closed
                then
                    coalesce(
                        case when closings.closed_at <= opportunities.updated_at then closings.closed_at end,
                        least({{ local_midnight("opportunities.close_date") }}, opportunities.updated_at)
                    )
        end as closed_at
    from opportunities
    left join closings
        on
            opportunities.source_system = closings.source_system
            and opportunities.opportunity_id = closings.opportunity_id
),

versions_of_history as (

    select
        last_delivered.* replace (
            entries_in_order.stage_name as stage_name,
            entries_in_order.amount as amount,
            entries_in_order.probability as probability,
            entries_in_order.close_date as close_date,
            entries_in_order.is_closed as is_closed,
            entries_in_order.is_won as is_won,
            entries_in_order.created_at as updated_at,
            false as is_deleted,
            entries_in_order._load_id as _load_id,
            entries_in_order._load_sequence as _load_sequence,
            entries_in_order._loaded_at as _loaded_at,
            entries_in_order._file as _file,
            entries_in_order._row_number as _row_number,
            entries_in_order._extra as _extra
        ),
        case
            when entries_in_order.is_closed
                then
                    max(case when entries_in_order.is_closing then entries_in_order.created_at end) over (
                        partition by entries_in_order.source_system, entries_in_order.opportunity_id
                        order by entries_in_order.created_at, entries_in_order.history_id
                        rows between unbounded preceding and current row
                    )
        end as closed_at
    from entries_in_order
    inner join last_delivered
        on
            entries_in_order.source_system = last_delivered.source_system
            and entries_in_order.opportunity_id = last_delivered.opportunity_id
),

versions as (

    select * from delivered_versions
    union all by name
    select * from versions_of_history
)

select
    versions.source_system,
    versions.opportunity_id,
    versions.account_id,
    coalesce(primary_contacts.contact_id, versions.contact_id, accounts.person_contact_id) as contact_id,
    versions.name,
    versions.stage_name as stage,
    versions.amount,
    coalesce(versions.currency, nullif('{{ var("salesforce_currency") }}', '')) as currency,
    versions.probability / 100 as probability,
    versions.owner_id,
    versions.created_at,
    versions.close_date as expected_close_on,
    versions.closed_at,
    versions.is_closed,
    versions.is_won,

    versions.updated_at,
    versions.is_deleted,

    versions._load_id,
    versions._load_sequence,
    versions._loaded_at,
    versions._file,
    versions._row_number,
    versions._extra,
    versions._is_tombstone
from versions
left join primary_contacts
    on
        versions.source_system = primary_contacts.source_system
        and versions.opportunity_id = primary_contacts.opportunity_id
left join accounts
    on
        versions.source_system = accounts.source_system
        and versions.account_id = accounts.account_id
