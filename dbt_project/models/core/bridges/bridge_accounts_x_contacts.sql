-- Grain: one row per account, customer, role and interval.
-- A contact that names its account without a role is a member with role 'other'. A role that ends before it begins
-- never was one.

with account_contacts as (

    select *
    from {{ ref("int_account_contacts_current") }}
    where
        not coalesce(is_deleted, false)
        and (valid_from is null or valid_from < {{ as_of_cut() }})
        and coalesce(valid_to > valid_from, true)
),

contacts as (

    select *
    from {{ ref("int_contacts_current") }}
    where
        account_id is not null
        and not coalesce(is_deleted, false)
),

accounts as (

    select * from {{ ref("int_accounts_resolved") }}
),

clusters as (

    select *
    from {{ source("steps", "identity_clusters") }}
    where
        kind = 'person'
        and entity = 'contacts'
),

stated_roles as (

    select
        source_system,
        account_id,
        contact_id,
        role,
        coalesce(valid_from, cast('1900-01-01 00:00:00+00' as timestamptz)) as valid_from,
        coalesce(valid_to, cast('9999-12-31 00:00:00+00' as timestamptz)) as valid_to
    from account_contacts
),

implied_roles as (

    select
        contacts.source_system,
        contacts.account_id,
        contacts.contact_id,
        'other' as role,
        cast('1900-01-01 00:00:00+00' as timestamptz) as valid_from,
        cast('9999-12-31 00:00:00+00' as timestamptz) as valid_to
    from contacts
    left join stated_roles
        on
            contacts.source_system = stated_roles.source_system
            and contacts.account_id = stated_roles.account_id
            and contacts.contact_id = stated_roles.contact_id
    where stated_roles.contact_id is null
),

roles as (

    select * from stated_roles
    union all
    select * from implied_roles
),

durable_roles as (

    select
        accounts.account_id,
        clusters.cluster_id as customer_id,
        roles.role,
        roles.valid_from,
        max(roles.valid_to) as valid_to
    from roles
    inner join accounts
        on
            roles.source_system = accounts.source_system
            and roles.account_id = accounts.source_account_id
    inner join clusters
        on
            roles.source_system = clusters.source_system
            and roles.contact_id = clusters.source_id
    group by accounts.account_id, clusters.cluster_id, roles.role, roles.valid_from
),

bridge_accounts_x_contacts as (

    select
        {{ surrogate_key(["account_id", "customer_id", "role", "valid_from"]) }} as account_contact_key,
        account_id,
        customer_id,

        role,

        valid_to > {{ as_of_cut() }} as is_current,

        valid_from,
        valid_to
    from durable_roles
)

select * from bridge_accounts_x_contacts
