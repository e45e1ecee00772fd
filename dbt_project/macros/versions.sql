{#- From every delivered version of a key to the one that holds at as_of. -#}

{#-
  One row per key: the latest version before the cut, else the earliest delivered.

  relations: staging models of one canonical entity (one per vendor), with the same columns.
  key: the entity's key columns, without source_system.
  Order: updated_at, then delivery (load, row). A version without updated_at has no known instant: it is taken in the
  order of its delivery, as a correction. Deleted keys stay with their last attributes and is_deleted, so that each
  consumer says what deletion means to it: a key is deleted if its version says so, or if a complete list no longer held it
  (a tombstone) and nothing of it was delivered since. What is not known at the cut neither deletes a key nor revives one.
-#}
{% macro current_versions(relations, key) -%}
with versions as (

    {% for relation in relations -%}
    select
        *,
        updated_at is null or updated_at < {{ as_of_cut() }} as is_known
    from {{ relation }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
),

-- Most keys have one version: they pass straight through, and only the others are ranked (half the time of ranking all).
repeated_keys as (

    select
        source_system,
        {{ key | join(", ") }}
    from versions
    group by source_system, {{ key | join(", ") }}
    having count(*) > 1
),

repeated_versions as (

    select versions.*
    from versions
    inner join repeated_keys on {{ _same_key("versions", "repeated_keys", key) }}
),

tombstones as (

    select
        source_system,
        {{ key | join(", ") }},
        max(_load_sequence) as _load_sequence
    from repeated_versions
    where
        _is_tombstone
        and is_known
    group by source_system, {{ key | join(", ") }}
),

held_versions as (

    select
        *,
        max(case when is_known then _load_sequence end) over (
            partition by source_system, {{ key | join(", ") }}
        ) as last_delivered
    from repeated_versions
    where not coalesce(_is_tombstone, false)
    qualify row_number() over (
        partition by source_system, {{ key | join(", ") }}
        order by
            is_known desc,
            case when is_known then updated_at end desc nulls last,
            case when is_known then _load_sequence end desc nulls last,
            case when is_known then _row_number end desc nulls last,
            _load_sequence asc,
            _row_number asc
    ) = 1
)

select versions.* exclude (is_known) replace (versions.is_known and coalesce(versions.is_deleted, false) as is_deleted)
from versions
left join repeated_keys on {{ _same_key("versions", "repeated_keys", key) }}
where
    repeated_keys.source_system is null
    and not coalesce(versions._is_tombstone, false)

union all

select
    held_versions.* exclude (is_known, last_delivered)
    replace (
        (held_versions.is_known and coalesce(held_versions.is_deleted, false))
        or coalesce(tombstones._load_sequence > held_versions.last_delivered, false) as is_deleted
    )
from held_versions
left join tombstones on {{ _same_key("held_versions", "tombstones", key) }}
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
