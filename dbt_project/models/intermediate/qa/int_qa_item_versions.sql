-- Grain: one row per version of an item of a form, with the interval in which it held.

with item_versions as (

    select * from {{ dated_versions("qa_items", ["form_id", "item_id"]) }} as versions
),

int_qa_item_versions as (

    select
        {{ surrogate_key(["source_system", "form_id", "item_id", "held_from"]) }} as qa_item_key,
        source_system,
        form_id,
        item_id,

        area,
        name,
        nullif(trim(team), '') as team,

        weight,
        score_min,
        score_max,

        coalesce(is_critical, false) as is_critical,
        is_member_deleted as is_deleted,

        held_from as valid_from,
        held_to as valid_to
    from item_versions
)

select * from int_qa_item_versions
