-- Grain: one row per version of a contact record, with the interval in which it held.
-- A version begins at its updated_at, else on the day it was delivered; the first reaches back to 1900, because a
-- fact may be older than the record. The state as of the run is always a version, even if it was delivered after that
-- day.

with current_contacts as (

    select * from {{ ref("int_contacts_current") }}
),

clusters as (

    select *
    from {{ source("steps", "identity_clusters") }}
    where
        kind = 'person'
        and entity = 'contacts'
),

delivered_versions as (

    select * from {{ ref("stg_generic__contacts") }}
),

known_versions as (

    select
        *,
        coalesce(updated_at, _loaded_at) as changed_at
    from delivered_versions
    where
        coalesce(updated_at, _loaded_at) < {{ as_of_cut() }}
        and not coalesce(_is_tombstone, false)

    union all by name

    select
        current_contacts.*,
        coalesce(current_contacts.updated_at, current_contacts._loaded_at) as changed_at
    from current_contacts
    where coalesce(current_contacts.updated_at, current_contacts._loaded_at) >= {{ as_of_cut() }}
),

last_of_each_instant as (

    select *
    from known_versions
    qualify row_number() over (
        partition by source_system, contact_id, changed_at
        order by _load_sequence desc, _row_number desc
    ) = 1
),

numbered as (

    select
        *,
        row_number() over of_the_contact as version_number,
        lead(changed_at) over of_the_contact as next_changed_at
    from last_of_each_instant
    window of_the_contact as (
        partition by source_system, contact_id
        order by changed_at, _load_sequence, _row_number
    )
),

int_contact_versions as (

    select
        clusters.cluster_id as customer_id,
        clusters.record_key,
        numbered.source_system,
        numbered.contact_id,
        numbered.account_id as source_account_id,

        nullif(trim(numbered.first_name), '') as first_name,
        nullif(trim(numbered.last_name), '') as last_name,
        {{ normalised_email("numbered.email") }} as email,
        nullif(trim(numbered.phone), '') as phone,
        numbered.gender,
        upper(numbered.country) as country,
        numbered.region,
        lower(numbered.language) as language,
        numbered.timezone,
        numbered.income_band,
        numbered.lifecycle_stage,
        numbered.acquisition_source,
        numbered.joining_reason,
        numbered.segment,
        numbered.social_handles,

        numbered.marketing_consent,
        coalesce(numbered.is_test, false) as is_test,
        coalesce(numbered.is_deleted, false)
        or (numbered.next_changed_at is null and current_contacts.is_deleted) as is_deleted,

        numbered.birth_date,
        numbered.created_at,
        numbered.converted_at,
        numbered.changed_at,
        case
            when numbered.version_number = 1 then cast('1900-01-01 00:00:00+00' as timestamptz)
            else numbered.changed_at
        end as valid_from,
        coalesce(numbered.next_changed_at, cast('9999-12-31 00:00:00+00' as timestamptz)) as valid_to
    from numbered
    inner join clusters
        on
            numbered.source_system = clusters.source_system
            and numbered.contact_id = clusters.source_id
    inner join current_contacts
        on
            numbered.source_system = current_contacts.source_system
            and numbered.contact_id = current_contacts.contact_id
)

select * from int_contact_versions
