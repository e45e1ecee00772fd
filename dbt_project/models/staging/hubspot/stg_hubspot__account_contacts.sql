-- Grain: one row per delivered version of a person of HubSpot, company and role that the person has or once had there.
-- The role is that of a label on the association, else the buying role if it is the primary company, else other. A
-- version that tells companies and lacks one that another version told says that this membership does not exist. A
-- pull always asks for companies, a file tells them if any of its contacts has one.

{{ config(materialized="view") }}

with contacts as (

    select
        *,
        _file like '%.pages.jsonl%' or bool_or(
            companies is not null
            or primary_company_id is not null
            or associated_company_ids is not null
        ) over (partition by source_system, _load_sequence) as tells_companies
    from {{ ref("base_hubspot__contacts") }}
    where not _is_tombstone
),

associations as (

    select
        *,
        {{ each_json_element("companies") }} as association
    from contacts
),

listed_companies as (

    select
        *,
        trim({{ hubspot_each("associated_company_ids") }}) as company_id
    from contacts
),

buying_roles as (

    select
        *,
        {{ hubspot_each("buying_roles") }} as buying_role
    from contacts
    where primary_company_id is not null
),

claims as (

    select
        source_system,
        contact_id,
        _load_sequence,
        _row_number,
        {{ json_text("association", "id") }} as company_id,
        {{ hubspot_role(json_text("association", "type")) }} as role
    from associations

    union all

    select
        source_system,
        contact_id,
        _load_sequence,
        _row_number,
        company_id,
        cast(null as varchar) as role
    from listed_companies

    union all

    select
        source_system,
        contact_id,
        _load_sequence,
        _row_number,
        primary_company_id as company_id,
        cast(null as varchar) as role
    from contacts

    union all

    select
        source_system,
        contact_id,
        _load_sequence,
        _row_number,
        primary_company_id as company_id,
        {{ hubspot_role("buying_role") }} as role
    from buying_roles
),

told_roles as (

    select *
    from claims
    where
        company_id is not null
        and company_id <> ''
    qualify
        role is not null
        or not bool_or(role is not null) over (
            partition by source_system, _load_sequence, _row_number, company_id
        )
),

memberships_of_versions as (

    select distinct
        source_system,
        contact_id,
        _load_sequence,
        _row_number,
        company_id,
        coalesce(role, 'other') as role
    from told_roles
),

memberships as (

    select distinct
        source_system,
        contact_id,
        company_id,
        role
    from memberships_of_versions
),

versions as (

    select
        contacts.*,
        memberships.company_id,
        memberships.role,
        memberships_of_versions.company_id is null as is_missing,
        row_number() over (
            partition by contacts.source_system, contacts._load_sequence, contacts._row_number
            order by memberships.company_id, memberships.role
        ) as place
    from contacts
    inner join memberships
        on
            contacts.source_system = memberships.source_system
            and contacts.contact_id = memberships.contact_id
    left join memberships_of_versions
        on
            contacts.source_system = memberships_of_versions.source_system
            and contacts._load_sequence = memberships_of_versions._load_sequence
            and contacts._row_number = memberships_of_versions._row_number
            and memberships.company_id = memberships_of_versions.company_id
            and memberships.role = memberships_of_versions.role
    where contacts.tells_companies
)

select
    source_system,
    company_id as account_id,
    contact_id,
    role,
    cast(null as timestamptz) as valid_from,
    cast(null as timestamptz) as valid_to,

    updated_at,
    is_deleted or is_missing as is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number * 10000 + place as _row_number,
    _extra,
    _is_tombstone
from versions
