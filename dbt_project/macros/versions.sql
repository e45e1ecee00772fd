{#- From every delivered version of a key to the one that holds at as_of. -#}

{#-
  Of one entity the versions whose key has several, a tombstone being one: whether each is the one that holds, and
  whether its key is gone from a complete list.

  relations: staging models of one canonical entity (one per vendor), with the same columns; those that the entity's
  current_versions takes.
  key: the entity's key columns, without source_system.
  The version that holds is the latest before the cut, else the earliest delivered. Order: updated_at, then delivery
  (load, row). A version without updated_at has no known instant: it is taken in the order of its delivery, as a
  correction. A key is deleted if the version that holds says so, or if a complete list no longer held it (a tombstone)
  and nothing of it was delivered since. What is not known at the cut neither deletes a key nor revives one.
-#}
{% macro judged_versions(entity, relations, key) -%}
    select
        '{{ entity }}' as entity,
        source_system,
        _load_sequence,
        _row_number,

        not is_tombstone
        and row_number() over (
            partition by source_system, {{ key | join(", ") }}
            order by
                is_tombstone,
                is_known desc,
                case when is_known then updated_at end desc nulls last,
                case when is_known then _load_sequence end desc nulls last,
                case when is_known then _row_number end desc nulls last,
                _load_sequence asc,
                _row_number asc
        ) = 1 as is_current,
        coalesce(
            max(case when is_tombstone and is_known then _load_sequence end) over (
                partition by source_system, {{ key | join(", ") }}
            )
            > max(case when not is_tombstone and is_known then _load_sequence end) over (
                partition by source_system, {{ key | join(", ") }}
            ),
            false
        ) as is_gone_from_list
    from (
        select
            versions.*,
            coalesce(versions._is_tombstone, false) as is_tombstone,
            {{ _is_known("versions") }} as is_known
        from {{ _all_versions(relations) }} as versions
        inner join (
            {#- Most keys have one version: to find the others costs a third of ranking all. #}
            select
                source_system,
                {{ key | join(", ") }}
            from {{ _all_versions(relations) }} as keys
            group by source_system, {{ key | join(", ") }}
            having count(*) > 1
        ) as repeated_keys on {{ _same_key("versions", "repeated_keys", key) }}
    ) as versions_of_repeated_keys
{%- endmacro %}

{#- Every delivered version of a canonical entity, whoever delivered it, as a relation. -#}
{% macro all_versions(entity) -%}
    {{ with_custom_fields(entity, _all_versions(staging_models(entity))) }}
{%- endmacro %}

{#-
  Of an entity whose rows say since when they hold (valid_from), as a relation: every version of a member with the
  interval in which it held.

  member: the entity's key columns, without source_system and valid_from.
  A version begins at its valid_from, else at its updated_at, else on the day it was delivered; the first reaches back
  to 1900, because a fact may be older than the list. One that tells neither, in a file with others that say since
  when they hold, is the one before all of them: the day of its delivery would put it after them. A list that no longer
  names a member does not undo its past: the member keeps its versions, with is_member_deleted. One that is known only
  from after as_of is taken as first delivered. Beside the delivered columns: is_member_deleted, held_from, held_to.
-#}
{% macro dated_versions(entity, member) -%}
(
    {%- set keys = ["source_system"] + member %}
    with delivered_versions as (

        select
            *,
            coalesce(
                valid_from,
                updated_at,
                case
                    when max(valid_from) over (partition by {{ keys | join(", ") }}, _load_sequence) is not null
                        then cast('1900-01-01 00:00:00+00' as timestamptz)
                    else _loaded_at
                end
            ) as changed_at
        from {{ all_versions(entity) }} as delivered
        where not coalesce(_is_tombstone, false)
    ),

    current_rows as (

        select * from {{ ref("int_" ~ entity ~ "_current") }}
    ),

    deletions as (

        select
            {{ keys | join(", ") }},
            bool_and(coalesce(is_deleted, false)) as is_member_deleted
        from current_rows
        group by {{ keys | join(", ") }}
    ),

    versions_that_hold as (

        select
            delivered_versions.*,
            deletions.is_member_deleted,
            delivered_versions.changed_at < {{ as_of_cut() }}
            and (delivered_versions.updated_at is null or delivered_versions.updated_at < {{ as_of_cut() }})
            as is_known
        from delivered_versions
        inner join deletions on {{ _same_key("delivered_versions", "deletions", member) }}
        inner join current_rows on {{ _same_key("delivered_versions", "current_rows", member + ["valid_from"]) }}
        where
            (not coalesce(current_rows.is_deleted, false) or deletions.is_member_deleted)
            and not coalesce(delivered_versions.is_deleted, false)
    ),

    last_of_each_instant as (

        select *
        from versions_that_hold
        where is_known
        qualify row_number() over (
            partition by {{ keys | join(", ") }}, changed_at
            order by updated_at desc nulls last, _load_sequence desc, _row_number desc
        ) = 1
    ),

    first_delivered as (

        select *
        from versions_that_hold
        qualify
            not bool_or(is_known) over (partition by {{ keys | join(", ") }})
            and row_number() over (
                partition by {{ keys | join(", ") }}
                order by updated_at is not null, changed_at, _load_sequence, _row_number
            ) = 1
    ),

    known_versions as (

        select * from last_of_each_instant
        union all
        select * from first_delivered
    )

    select
        *,
        case
            when row_number() over (partition by {{ keys | join(", ") }} order by changed_at) = 1
                then cast('1900-01-01 00:00:00+00' as timestamptz)
            else changed_at
        end as held_from,
        coalesce(
            lead(changed_at) over (partition by {{ keys | join(", ") }} order by changed_at),
            cast('9999-12-31 00:00:00+00' as timestamptz)
        ) as held_to
    from known_versions
)
{%- endmacro %}

{#- The version of each key that was delivered last, as a relation: for names and roles that are looked up. -#}
{% macro latest_delivered(relation, key) -%}
    (
        select *
        from {{ relation }}
        where not _is_tombstone
        qualify row_number() over (
            partition by source_system, {{ key }} order by _load_sequence desc, _row_number desc
        ) = 1
    )
{%- endmacro %}

{% macro _all_versions(relations) -%}
    (
        {%- for relation in relations -%}
        select * from {{ relation }}{% if not loop.last %} union all by name {% endif %}
        {%- endfor -%}
    )
{%- endmacro %}

{#- One row per key: the version of it that holds at as_of. Deleted keys stay with their last attributes and
    is_deleted, so that each consumer says what deletion means to it. -#}
{% macro current_versions(entity, relations) -%}
select * from {{ with_custom_fields(entity, _current_versions(entity, relations)) }} as versions
{%- endmacro %}

{% macro _current_versions(entity, relations) -%}
(
    {%- for relation in relations %}
    select versions.* replace (
        (coalesce(versions.is_deleted, false) and ({{ _is_known("versions") }}))
        or coalesce(judged.is_gone_from_list, false) as is_deleted
    )
    from {{ relation }} as versions
    left join {{ ref("int_versions_judged") }} as judged
        on
            judged.entity = '{{ entity }}'
            and versions.source_system = judged.source_system
            and versions._load_sequence = judged._load_sequence
            and versions._row_number = judged._row_number
    where coalesce(judged.is_current, not coalesce(versions._is_tombstone, false))
    {% if not loop.last %}
    union all by name
    {% endif -%}
    {% endfor -%}
)
{%- endmacro %}

{#- Whether a version exists at the cut; one without an instant always does. -#}
{% macro _is_known(versions) -%}
    {{ versions }}.updated_at is null or {{ versions }}.updated_at < {{ as_of_cut() }}
{%- endmacro %}

{#- Keys compare nulls as equal: a role without valid_from is one role. -#}
{% macro _same_key(left, right, key) -%}
    {{ left }}.source_system = {{ right }}.source_system
    {%- for column in key %}
    and {{ left }}.{{ column }} is not distinct from {{ right }}.{{ column }}
    {%- endfor %}
{%- endmacro %}

{#-
  The rows a staging model has not seen yet: all loads at first, afterwards only the Parquet files of new loads.
  The raw view reads every file of the lake; naming the new files keeps the cost of a day with the day.
-#}
{% macro new_loads(source_name, table_name) -%}
    {%- set raw_table = source(source_name, table_name) -%}
    {%- if not is_incremental() -%}
        {{ raw_table }}
    {%- else -%}
        (
            select raw_rows.*
            from {{ raw_table }} as raw_rows
            where raw_rows._load_sequence > (select coalesce(max(seen._load_sequence), 0) from {{ this }} as seen)
        )
    {%- endif -%}
{%- endmacro %}
