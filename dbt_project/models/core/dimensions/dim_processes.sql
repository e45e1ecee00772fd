-- Grain: one row per version of a process: a row of the seed holds from its day until that of the next. And the unknown
-- process -1. What is planned for after as_of is not there yet, but for a process that has nothing else: its first row
-- holds from the beginning.

with changes as (

    select
        *,
        row_number() over (partition by process_code order by changed_on) as version_number
    from {{ ref("processes") }}
),

versions as (

    select
        *,
        lead(changed_on) over (partition by process_code order by changed_on) as next_changed_on
    from changes
    where
        version_number = 1
        or changed_on <= {{ as_of_date() }}
),

dim_processes as (

    select
        {{ surrogate_key(["process_code", "changed_on"]) }} as process_key,
        process_code,

        name,
        owner,
        responsible,
        accountable,
        consulted,
        informed,
        map_url,
        change_note,

        cast(version_number as integer) as version_number,

        next_changed_on is null as is_current,

        changed_on,
        case when version_number = 1 then cast('1900-01-01' as date) else changed_on end as valid_from,
        coalesce(next_changed_on, cast('9999-12-31' as date)) as valid_to
    from versions
    union all
    select
        -1,
        '-1',

        'Unknown',
        null,
        null,
        null,
        null,
        null,
        null,
        null,

        1,

        true,

        cast('1900-01-01' as date),
        cast('1900-01-01' as date),
        cast('9999-12-31' as date)
)

select * from dim_processes
