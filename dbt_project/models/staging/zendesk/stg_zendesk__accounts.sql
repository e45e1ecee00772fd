-- Grain: one row per delivered version of an organization of Zendesk.
-- An organization with several domains is known by the first.

{{ config(materialized="view") }}

with organizations as (

    select * from {{ ref("base_zendesk__organizations") }}
)

select
    source_system,
    organization_id as account_id,
    name,
    'company' as account_type,
    {{ json_first("domain_names") }} as domain,
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
from organizations
