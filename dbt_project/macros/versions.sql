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
