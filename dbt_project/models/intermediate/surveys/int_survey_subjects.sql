-- Grain: one row per ticket or order that a survey row names (source_system, entity, id); the record it means.
-- A survey tool usually names records of another system: the record of its own system comes first, else the only
-- system that has this id. An id that several systems have, and its own has not, means nothing certain and is left
-- out.

with survey_references as (

    {% for entity, id in [("tickets", "ticket_id"), ("orders", "order_id")] -%}
    select
        source_system,
        '{{ entity }}' as entity,
        {{ id }} as reference_id
    from {{ ref("int_survey_responses_current") }}
    union
    select
        source_system,
        '{{ entity }}' as entity,
        {{ id }} as reference_id
    from {{ ref("int_survey_invitations_current") }}
    {% if not loop.last %}union{% endif %}
    {% endfor %}
),

named_references as (

    select *
    from survey_references
    where reference_id is not null
),

subjects as (

    select
        source_system as subject_system,
        'tickets' as entity,
        ticket_id as reference_id,
        channel,
        touchpoint
    from {{ ref("int_tickets_current") }}
    where
        not coalesce(is_deleted, false)
        and created_at < {{ as_of_cut() }}
        and ticket_id in (select named_references.reference_id from named_references)

    union all

    select
        source_system as subject_system,
        'orders' as entity,
        order_id as reference_id,
        channel,
        touchpoint
    from {{ ref("int_orders_current") }}
    where
        not coalesce(is_deleted, false)
        and ordered_at < {{ as_of_cut() }}
        and order_id in (select named_references.reference_id from named_references)
),

counted_subjects as (

    select
        *,
        count(*) over (partition by entity, reference_id) as systems
    from subjects
),

int_survey_subjects as (

    select
        named_references.source_system,
        named_references.entity,
        named_references.reference_id,

        counted_subjects.subject_system,
        {{ surrogate_key(["counted_subjects.subject_system", "named_references.reference_id"]) }} as subject_key,

        nullif(trim(counted_subjects.channel), '') as channel,
        nullif(trim(counted_subjects.touchpoint), '') as touchpoint
    from named_references
    inner join counted_subjects
        on
            named_references.entity = counted_subjects.entity
            and named_references.reference_id = counted_subjects.reference_id
            and (named_references.source_system = counted_subjects.subject_system or counted_subjects.systems = 1)
)

select * from int_survey_subjects
