-- Grain: one row per delivered version of a contact of Freshdesk.
-- The last word of a name is taken for the family name. A mobile telephone is rather a person's own than the one at
-- work.

{{ config(materialized="view") }}

with contacts as (

    select * from {{ ref("base_freshdesk__contacts") }}
)

select
    source_system,
    contact_id,
    company_id as account_id,
    case
        when name like '% %' then trim(left(name, length(name) - length(split_part(name, ' ', -1))))
        else name
    end as first_name,
    case when name like '% %' then split_part(name, ' ', -1) end as last_name,
    email,
    coalesce(mobile, phone) as phone,
    address as street,
    lower(split_part(language, '-', 1)) as language,
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
from contacts
