-- Grain: one row per name of a status of cases of a Salesforce account, in small letters, with its status here.
-- The list of statuses says which are closed and which a new case has. Of a name that is not on it, those are closed
-- whose cases mostly are.

{{ config(materialized="view") }}

with listed as (

    select
        *,
        {{ salesforce_case_status("master_label", "is_closed", "is_default") }} as status
    from {{ latest_delivered(ref("base_salesforce__case_statuses"), "status_id") }} as delivered
),

of_cases as (

    select
        source_system,
        lower(status) as name,
        avg(case when is_closed then 1 else 0 end) > 0.5 as is_closed
    from {{ ref("base_salesforce__cases") }}
    where status is not null
    group by source_system, lower(status)
),

claims as (

    select
        source_system,
        lower(master_label) as name,
        status,
        1 as rank
    from listed

    union all

    select
        source_system,
        lower(api_name) as name,
        status,
        2 as rank
    from listed

    union all

    select
        source_system,
        name,
        {{ salesforce_case_status("name", "is_closed") }} as status,
        3 as rank
    from of_cases
)

select
    source_system,
    name,
    status
from claims
where name is not null
qualify row_number() over (partition by source_system, name order by rank, status) = 1
