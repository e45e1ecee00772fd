-- Grain: one row per version of an item of a quality form, retired ones included, and the unknown one.

with items as (

    select * from {{ ref("int_qa_item_versions") }}
),

dim_qa_items as (

    select
        qa_item_key,
        source_system,
        form_id,
        item_id,

        area,
        name,
        team,

        weight,
        score_min,
        score_max,

        is_critical,
        is_deleted,
        valid_to > {{ as_of_cut() }} as is_current,

        valid_from,
        valid_to
    from items
    union all by name
    select
        -1 as qa_item_key,
        '-1' as source_system,
        '-1' as form_id,
        '-1' as item_id,
        'unknown' as area,
        'unknown' as name,
        false as is_critical,
        false as is_deleted,
        true as is_current,
        cast('1900-01-01 00:00:00+00' as timestamptz) as valid_from,
        cast('9999-12-31 00:00:00+00' as timestamptz) as valid_to
)

select * from dim_qa_items
