-- Grain: one row per delivered version of a contact or a lead of Salesforce.
-- A converted lead is the contact that it became. Of contacts Salesforce does not say how far they are. A business
-- phone that is the account's is a switchboard, and nobody's own.

{{ config(materialized="view") }}

with accounts as (

    select * from {{ latest_delivered(ref("base_salesforce__accounts"), "account_id") }} as delivered
),

contacts as (

    select
        contacts.* replace (
            coalesce(
                contacts.mobile_phone,
                case when contacts.phone is distinct from accounts.phone then contacts.phone end
            ) as phone
        ),
        cast(null as varchar) as lifecycle_stage,
        cast(null as timestamptz) as converted_at,
        contacts.master_record_id as merged_into_id
    from {{ ref("base_salesforce__contacts") }} as contacts
    left join accounts
        on
            contacts.source_system = accounts.source_system
            and contacts.account_id = accounts.account_id
),

leads as (

    select
        *,
        lead_id as contact_id,
        converted_account_id as account_id,
        cast(null as date) as birth_date,
        case when is_converted then 'prospect' else 'lead' end as lifecycle_stage,
        case when is_converted then {{ local_midnight("converted_date") }} end as converted_at,
        coalesce(master_record_id, converted_contact_id) as merged_into_id
    from {{ ref("base_salesforce__leads") }}
),

people as (

    select * from contacts
    union all by name
    select * from leads
)

select
    source_system,
    contact_id,
    account_id,
    first_name,
    last_name,
    email,
    phone,
    birth_date,
    country,
    region,
    city,
    street,
    postal_code,
    lifecycle_stage,
    converted_at,
    lead_source as acquisition_source,
    owner_id,
    case when has_opted_out_of_email then false end as marketing_consent,
    merged_into_id,
    created_at,

    updated_at,
    is_deleted,

    _load_id,
    _load_sequence,
    _loaded_at,
    _file,
    _row_number,
    _extra,
    _is_tombstone
from people
