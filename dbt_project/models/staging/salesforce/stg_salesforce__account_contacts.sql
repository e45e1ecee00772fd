-- Grain: one row per delivered version of a relation of Salesforce between an account and a person, and role that the
-- person has or once had in it. A version that lacks a role of another version says that it does not hold.

{{ config(materialized="view") }}

with relations as (

    select
        *,
        {{ local_midnight("start_date") }} as started_at,
        {{ local_midnight(add_days("end_date", 1)) }} as valid_to,
        coalesce(nullif(trim(roles), ''), 'Other') as roles_or_other
    from {{ ref("base_salesforce__account_contact_relations") }}
    where not _is_tombstone
),

entries as (

    select
        *,
        {{ salesforce_each("roles_or_other") }} as entry
    from relations
),

roles_of_versions as (

    select distinct
        source_system,
        relation_id,
        _load_sequence,
        _row_number,
        {{ salesforce_role("trim(entry)") }} as role,
        started_at as valid_from
    from entries
),

roles as (

    select distinct
        source_system,
        relation_id,
        role,
        valid_from
    from roles_of_versions
),

versions_of_roles as (

    select
        relations.*,
        roles.role,
        roles.valid_from,
        roles_of_versions.role is null
        or coalesce(not relations.is_active and relations.end_date is null, false) as is_missing
    from relations
    inner join roles
        on
            relations.source_system = roles.source_system
            and relations.relation_id = roles.relation_id
    left join roles_of_versions
        on
            relations.source_system = roles_of_versions.source_system
            and relations._load_sequence = roles_of_versions._load_sequence
            and relations._row_number = roles_of_versions._row_number
            and roles.role = roles_of_versions.role
            and roles.valid_from is not distinct from roles_of_versions.valid_from
)

select
    source_system,
    account_id,
    contact_id,
    role,
    valid_from,
    valid_to,

    updated_at,
    is_deleted or is_missing as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10000 + row_number() over (
        partition by source_system, _load_sequence, _row_number
        order by account_id, role, valid_from
    ) as _row_number,
    _extra,
    _is_tombstone
from versions_of_roles
