-- Grain: one row per delivered version of a user of Zendesk who is a customer (end-user).
-- The last word of a name is taken for the family name. A telephone that Zendesk marks as shared identifies nobody and
-- is left out.

{{ config(materialized="view") }}

with users as (

    select *
    from {{ ref("base_zendesk__users") }}
    where role = 'end-user'
)

select
    source_system,
    user_id as contact_id,
    organization_id as account_id,
    case
        when name like '% %' then trim(left(name, length(name) - length(split_part(name, ' ', -1))))
        else name
    end as first_name,
    case when name like '% %' then split_part(name, ' ', -1) end as last_name,
    email,
    case when not coalesce(shared_phone_number, false) then phone end as phone,
    lower(split_part(locale, '-', 1)) as language,
    iana_time_zone as timezone,
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
from users
