-- Grain: one row per delivered version of a case of Sprout that has a message.
-- It follows up its anchor, which is the message that it was opened for, else its first one. Sprout does not tell when
-- the customer was first contacted.

{{ config(materialized="view") }}

with cases as (

    select * from {{ ref("base_sprout__cases") }}
),

case_messages as (

    select
        source_system,
        _load_sequence,
        _row_number,
        {{ each_json_element("messages") }} as message,
        {{ each_json_place("messages") }} as place
    from cases
),

anchors as (

    select
        source_system,
        _load_sequence,
        _row_number,
        {{ json_text("message", "guid") }} as message_id
    from case_messages
    qualify row_number() over (
        partition by source_system, _load_sequence, _row_number
        order by coalesce({{ json_text("message", "is_anchor") }} = 'true', false) desc, place
    ) = 1
),

owners as (

    select
        source_system,
        _load_sequence,
        _row_number,
        {{ each_json_text("assigned_to") }} as owner,
        {{ each_json_place("assigned_to") }} as place
    from cases
),

first_owners as (

    select *
    from owners
    qualify row_number() over (partition by source_system, _load_sequence, _row_number order by place) = 1
),

latest_queues as (

    select * from {{ latest_delivered(ref("base_sprout__queues"), "queue_id") }} as delivered
)

select
    cases.source_system,
    cases.case_id,
    'post' as source_type,
    anchors.message_id as source_id,
    first_owners.owner,
    latest_queues.name as team,
    cases.type as reason,
    cases.created_time as created_at,
    cast(null as timestamp with time zone) as first_contacted_at,
    case when cases.status = 'CLOSED' then cases.last_closed_time end as closed_at,

    cases.updated_at,
    cases.is_deleted,

    cases._load_id,
    cases._load_sequence,
    cases._loaded_at,
    cases._file,
    cases._row_number,
    cases._extra,
    cases._is_tombstone
from cases
left join anchors
    on
        cases.source_system = anchors.source_system
        and cases._load_sequence = anchors._load_sequence
        and cases._row_number = anchors._row_number
left join first_owners
    on
        cases.source_system = first_owners.source_system
        and cases._load_sequence = first_owners._load_sequence
        and cases._row_number = first_owners._row_number
left join latest_queues
    on
        cases.source_system = latest_queues.source_system
        and cases.queue_id = latest_queues.queue_id
where
    anchors.message_id is not null
    or cases._is_tombstone
