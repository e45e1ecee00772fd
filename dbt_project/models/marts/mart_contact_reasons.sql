-- Grain: one row per month (first day), reason for contact and product.
-- The month is that in which the ticket was created, the reason its category. Merged, spam and deleted tickets do not
-- count. What is named `reason_*` is of the reason over all products, the same in each of its rows: it cannot be added
-- up over them. A reason that nobody had in a month has no row there.

with tickets as (

    select
        {{ period_start("month", "created_date") }} as month_start,
        coalesce(category, 'unknown') as reason,
        coalesce(product_id, 'unknown') as product_id,
        is_fcr_mature,
        is_fcr_no_repeat,
        agent_reply_count,
        reopen_count
    from {{ ref("fct_tickets") }}
    where
        not is_merged
        and not is_spam
),

reasons as (

    select * from {{ ref("dim_reasons") }}
),

counted as (

    select
        month_start,
        reason,
        product_id,
        count(*) as ticket_count,
        count(*) filter (where reopen_count > 0) as reopened_count,
        count(*) filter (where is_fcr_mature and not is_fcr_no_repeat) as repeat_count,
        count(*) filter (where is_fcr_mature) as repeat_n,
        cast(coalesce(sum(agent_reply_count), 0) as bigint) as agent_reply_count
    from tickets
    group by month_start, reason, product_id
),

by_reason as (

    select
        month_start,
        reason,
        cast(sum(ticket_count) as bigint) as reason_ticket_count
    from counted
    group by month_start, reason
),

months as (

    select
        month_start,
        cast(sum(reason_ticket_count) as bigint) as month_ticket_count
    from by_reason
    group by month_start
),

-- Most tickets first; where two have as many, by name.
ranked as (

    select
        by_reason.*,
        months.month_ticket_count,
        row_number() over (
            partition by by_reason.month_start order by by_reason.reason_ticket_count desc, by_reason.reason asc
        ) as reason_rank,
        cast(
            sum(by_reason.reason_ticket_count) over (
                partition by by_reason.month_start
                order by by_reason.reason_ticket_count desc, by_reason.reason asc
                rows between unbounded preceding and current row
            ) as bigint
        ) as cumulative_ticket_count,
        case
            when before.month_start is not null then coalesce(reason_before.reason_ticket_count, 0)
        end as reason_previous_ticket_count
    from by_reason
    inner join months on by_reason.month_start = months.month_start
    left join months as before on by_reason.month_start = before.month_start + interval 1 month
    left join by_reason as reason_before
        on
            by_reason.reason = reason_before.reason
            and by_reason.month_start = reason_before.month_start + interval 1 month
),

mart_contact_reasons as (

    select
        {{ surrogate_key(["counted.month_start", "counted.reason", "counted.product_id"]) }} as contact_reasons_key,
        counted.product_id,

        counted.reason,
        coalesce(reasons.name, 'Unknown') as reason_name,
        reasons.reason_level_1,
        reasons.area,
        reasons.need,
        reasons.answered_at,

        counted.ticket_count,
        counted.reopened_count,
        counted.agent_reply_count,
        counted.repeat_count,
        counted.repeat_n,
        {{ percent("counted.repeat_count", "counted.repeat_n") }} as repeat_pct,
        {{ wilson_low("counted.repeat_count", "counted.repeat_n") }} as repeat_pct_low,
        {{ wilson_high("counted.repeat_count", "counted.repeat_n") }} as repeat_pct_high,

        ranked.month_ticket_count,
        ranked.reason_rank,
        ranked.reason_ticket_count,
        ranked.reason_previous_ticket_count,
        {{ percent("ranked.reason_ticket_count", "ranked.month_ticket_count") }} as reason_share_pct,
        {{ wilson_low("ranked.reason_ticket_count", "ranked.month_ticket_count") }} as reason_share_pct_low,
        {{ wilson_high("ranked.reason_ticket_count", "ranked.month_ticket_count") }} as reason_share_pct_high,
        {{ percent("ranked.cumulative_ticket_count", "ranked.month_ticket_count") }} as reason_cumulative_pct,

        counted.month_start
    from counted
    inner join ranked
        on
            counted.month_start = ranked.month_start
            and counted.reason = ranked.reason
    left join reasons on counted.reason = reasons.reason
)

select * from mart_contact_reasons
