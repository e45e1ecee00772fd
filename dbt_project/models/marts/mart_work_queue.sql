-- Grain: one row per ticket, post or case that is open at as_of.
-- Open are tickets that are neither solved nor merged nor spam, posts that need a reply and have none, cases that are
-- not closed. Targets are those of the ticket's policy that are not met, and the company's own: a reply to whatever
-- waits for its first one within reply_target_hours, a first contact of a case within case_contact_target_hours. What
-- comes next is what is missed first: minutes of business hours are no measure for that, instants are. Targets whose
-- clock stands still come after those that run, and then what has no target, oldest first.

{% set sla_metrics = [
    "first_reply", "next_reply", "requester_wait", "agent_work", "periodic_update", "pausable_update",
    "full_resolution",
] -%}
{% set own_targets = ["reply_target", "first_contact"] -%}

with tickets as (

    select
        *,
        {{ awaits_reply("needs_reply", "submitter_type") }} as awaits_reply
    from {{ ref("fct_tickets") }}
    where
        not is_solved
        and not is_merged
        and not is_spam
),

ticket_steps as (

    select
        steps.ticket_key,
        steps.event_number,
        steps.is_customer_reply,
        steps.occurred_at,
        max(case when steps.is_agent_reply or steps.is_solution then steps.event_number end) over (
            partition by steps.ticket_key
        ) as last_answer_number
    from {{ ref("fct_ticket_events") }} as steps
    inner join tickets on steps.ticket_key = tickets.ticket_key
    where
        steps.is_agent_reply
        or steps.is_customer_reply
        or steps.is_solution
),

unanswered_words as (

    select
        ticket_key,
        min(occurred_at) as unanswered_since
    from ticket_steps
    where
        is_customer_reply
        and event_number > coalesce(last_answer_number, 0)
    group by ticket_key
),

last_held as (

    select
        state_periods.ticket_key,
        max(state_periods.ends_at) as held_until
    from {{ ref("int_ticket_state_periods") }} as state_periods
    inner join tickets on state_periods.ticket_key = tickets.ticket_key
    where state_periods.assignee_id is not null
    group by state_periods.ticket_key
),

posts as (

    select *
    from {{ ref("fct_social_posts") }}
    where
        needs_reply
        and not is_own
        and not is_test
        and replied_at is null
),

cases as (

    select *
    from {{ ref("fct_cases") }}
    where
        not is_closed
        and not is_test
),

customers as (

    select * from {{ ref("customer_360") }}
),

items as (

    select
        'ticket' as item_type,
        tickets.source_system,
        tickets.ticket_id as item_id,
        tickets.ticket_key as item_key,
        tickets.customer_id,
        tickets.assignee_id,
        tickets.team,
        tickets.channel,
        tickets.category,
        tickets.priority,
        tickets.status,
        tickets.severity,
        tickets.created_at,
        case
            when tickets.awaits_reply and tickets.first_replied_at is null then tickets.created_at
            else unanswered_words.unanswered_since
        end as unanswered_since,
        tickets.awaits_reply and tickets.first_replied_at is null as awaits_first_reply,
        false as awaits_contact,
        case
            when tickets.assignee_id is null then coalesce(last_held.held_until, tickets.created_at)
        end as unassigned_since
    from tickets
    left join unanswered_words on tickets.ticket_key = unanswered_words.ticket_key
    left join last_held on tickets.ticket_key = last_held.ticket_key

    union all

    select
        'post' as item_type,
        source_system,
        post_id as item_id,
        post_key as item_key,
        customer_id,
        cast(null as varchar) as assignee_id,
        assigned_team as team,
        network as channel,
        cast(null as varchar) as category,
        cast(null as varchar) as priority,
        'unanswered' as status,
        cast(severity as integer) as severity,
        posted_at as created_at,
        posted_at as unanswered_since,
        true as awaits_first_reply,
        false as awaits_contact,
        case when assigned_team is null then posted_at end as unassigned_since
    from posts

    union all

    select
        'case' as item_type,
        source_system,
        case_id as item_id,
        case_key as item_key,
        customer_id,
        owner as assignee_id,
        team,
        cast(null as varchar) as channel,
        reason as category,
        cast(null as varchar) as priority,
        status,
        cast(null as integer) as severity,
        created_at,
        case when not is_contacted then created_at end as unanswered_since,
        false as awaits_first_reply,
        not is_contacted as awaits_contact,
        case when owner is null then created_at end as unassigned_since
    from cases
),

sla_targets as (

    select
        'ticket' as item_type,
        targets.ticket_key as item_key,
        targets.metric as target,
        targets.minutes_left,
        targets.status = 'paused' as is_paused,
        targets.breach_at
    from {{ ref("fct_sla_targets") }} as targets
    inner join tickets on targets.ticket_key = tickets.ticket_key
    where targets.is_open
),

reply_targets as (

    select
        item_type,
        item_key,
        'reply_target' as target,
        created_at + interval {{ var("reply_target_hours") }} hour as breach_at
    from items
    where awaits_first_reply
),

contact_targets as (

    select
        item_type,
        item_key,
        'first_contact' as target,
        created_at + interval {{ var("case_contact_target_hours") }} hour as breach_at
    from items
    where awaits_contact
),

own_targets as (

    select * from reply_targets
    union all
    select * from contact_targets
),

unmet_targets as (

    select * from sla_targets
    union all
    select
        item_type,
        item_key,
        target,
        {{ minutes_between(as_of_cut(), "breach_at") }} as minutes_left,
        false as is_paused,
        breach_at
    from own_targets
),

ranked_targets as (

    select
        *,
        row_number() over (
            partition by item_type, item_key
            order by is_paused, breach_at nulls last, minutes_left, target
        ) as place
    from unmet_targets
),

targets_per_item as (

    select
        item_type,
        item_key,
        max(target) filter (where place = 1) as next_target,
        max(minutes_left) filter (where place = 1) as minutes_left,
        max(breach_at) filter (where place = 1) as breach_at,
        bool_or(is_paused) filter (where place = 1) as is_paused,
        count(*) as unmet_target_count,
        count(*) filter (where minutes_left < 0) as breached_target_count,
        {% for target in sla_metrics + own_targets -%}
        min(minutes_left) filter (where target = '{{ target }}') as {{ target }}_minutes_left{{ "," if not loop.last }}
        {% endfor -%}
    from ranked_targets
    group by item_type, item_key
),

queue as (

    select
        items.*,
        targets_per_item.next_target,
        targets_per_item.minutes_left,
        targets_per_item.breach_at,
        targets_per_item.is_paused,
        targets_per_item.unmet_target_count,
        targets_per_item.breached_target_count,
        {% for target in sla_metrics + own_targets -%}
        targets_per_item.{{ target }}_minutes_left,
        {% endfor -%}
        row_number() over (
            order by
                coalesce(targets_per_item.is_paused, true),
                targets_per_item.breach_at nulls last,
                targets_per_item.minutes_left nulls last,
                items.severity nulls last,
                items.created_at,
                items.item_type,
                items.source_system,
                items.item_id
        ) as queue_position
    from items
    left join targets_per_item
        on
            items.item_type = targets_per_item.item_type
            and items.item_key = targets_per_item.item_key
),

mart_work_queue as (

    select
        {{ surrogate_key(["queue.item_type", "queue.source_system", "queue.item_id"]) }} as work_item_key,
        queue.item_type,
        queue.source_system,
        queue.item_id,
        case when queue.item_type = 'ticket' then queue.item_key end as ticket_key,
        case when queue.item_type = 'post' then queue.item_key end as post_key,
        case when queue.item_type = 'case' then queue.item_key end as case_key,
        queue.customer_id,
        queue.assignee_id,

        queue.team,
        queue.channel,
        queue.category,
        queue.priority,
        queue.status,
        queue.next_target,
        customers.segment,

        queue.queue_position,
        queue.severity,
        queue.minutes_left,
        {% for target in sla_metrics + own_targets -%}
        queue.{{ target }}_minutes_left,
        {% endfor -%}
        coalesce(queue.unmet_target_count, 0) as unmet_target_count,
        coalesce(queue.breached_target_count, 0) as breached_target_count,
        {{ minutes_between("queue.created_at", as_of_cut()) }} as age_minutes,
        customers.net_revenue as customer_net_revenue,
        customers.mrr as customer_mrr,
        customers.clv_expected as customer_clv_expected,

        coalesce(queue.is_paused, false) as is_paused,
        coalesce(queue.breached_target_count, 0) > 0 as is_breached,
        queue.unassigned_since is not null as is_unassigned,

        queue.created_at,
        queue.unanswered_since,
        queue.unassigned_since,
        queue.breach_at
    from queue
    left join customers on queue.customer_id = customers.customer_id
)

select * from mart_work_queue
