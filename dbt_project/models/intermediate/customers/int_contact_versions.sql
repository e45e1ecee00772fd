-- Grain: one row per version of a contact record, with the interval in which it held.
-- A version begins at its updated_at, else on the day it was delivered; the first reaches back to 1900, because a
-- fact may be older than the record. The state as of the run is always a version, even if it was delivered after that
-- day: a correction then stands in the place of the version that it corrects.

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

    select * from {{ all_versions("contacts") }} as delivered
),

versions_before_the_cut as (

    select
        *,
        coalesce(updated_at, _loaded_at) as changed_at
    from delivered_versions
    where
        coalesce(updated_at, _loaded_at) < {{ as_of_cut() }}
        and not coalesce(_is_tombstone, false)
),

told_after_the_cut as (

    select *
    from current_contacts
    where coalesce(updated_at, _loaded_at) >= {{ as_of_cut() }}
),

corrected as (

    select
        versions.source_system,
        versions.contact_id,
        max(versions.changed_at) as changed_at
    from versions_before_the_cut as versions
    inner join told_after_the_cut
        on
            versions.source_system = told_after_the_cut.source_system
            and versions.contact_id = told_after_the_cut.contact_id
    group by versions.source_system, versions.contact_id
),

known_versions as (

    select * from versions_before_the_cut

    union all by name

    select
        told_after_the_cut.*,
        coalesce(
            corrected.changed_at, told_after_the_cut.updated_at, told_after_the_cut._loaded_at
        ) as changed_at
    from told_after_the_cut
    left join corrected
        on
            told_after_the_cut.source_system = corrected.source_system
            and told_after_the_cut.contact_id = corrected.contact_id
),

-- Few contacts have several versions: only those are put in order.
changed_contacts as (

    select
        source_system,
        contact_id
    from known_versions
    group by source_system, contact_id
    having count(*) > 1
),

versions_in_order as (

    select
        versions.source_system,
        versions._load_sequence,
        versions._row_number,
        versions.changed_at,
        lead(versions.changed_at) over of_the_contact as next_changed_at,
        first_value(versions.changed_at) over of_the_contact as first_changed_at
    from known_versions as versions
    inner join changed_contacts
        on
            versions.source_system = changed_contacts.source_system
            and versions.contact_id = changed_contacts.contact_id
    window of_the_contact as (
        partition by versions.source_system, versions.contact_id
        order by versions.changed_at, versions._load_sequence, versions._row_number
    )
),

last_of_each_instant as (

    select
        versions.*,
        versions_in_order.next_changed_at,
        coalesce(versions_in_order.first_changed_at, versions.changed_at) as first_changed_at
    from known_versions as versions
    left join versions_in_order
        on
            versions.source_system = versions_in_order.source_system
            and versions._load_sequence = versions_in_order._load_sequence
            and versions._row_number = versions_in_order._row_number
    where
        versions_in_order.next_changed_at is null
        or versions_in_order.next_changed_at > versions.changed_at
),

int_contact_versions as (

    select
        clusters.cluster_id as customer_id,
        clusters.record_key,
        versions.source_system,
        versions.contact_id,
        versions.account_id as source_account_id,

        nullif(trim(versions.first_name), '') as first_name,
        nullif(trim(versions.last_name), '') as last_name,
        {{ normalised_email("versions.email") }} as email,
        nullif(trim(versions.phone), '') as phone,
        versions.gender,
        upper(versions.country) as country,
        versions.region,
        lower(versions.language) as language,
        versions.timezone,
        versions.income_band,
        versions.lifecycle_stage,
        versions.acquisition_source,
        versions.joining_reason,
        versions.segment,
        versions.social_handles,

        versions.marketing_consent,
        coalesce(versions.is_test, false) as is_test,
        coalesce(versions.is_deleted, false)
        or (versions.next_changed_at is null and current_contacts.is_deleted) as is_deleted,

        versions.birth_date,
        versions.created_at,
        versions.converted_at,
        versions.changed_at,
        case
            when versions.changed_at = versions.first_changed_at then cast('1900-01-01 00:00:00+00' as timestamptz)
            else versions.changed_at
        end as valid_from,
        coalesce(versions.next_changed_at, cast('9999-12-31 00:00:00+00' as timestamptz)) as valid_to
    from last_of_each_instant as versions
    inner join clusters
        on
            versions.source_system = clusters.source_system
            and versions.contact_id = clusters.source_id
    inner join current_contacts
        on
            versions.source_system = current_contacts.source_system
            and versions.contact_id = current_contacts.contact_id
)

select * from int_contact_versions
