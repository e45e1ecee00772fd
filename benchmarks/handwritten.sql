-- The headline numbers of marts.metric_values (dimension `all`, every period grain), straight from the lake's Parquet
-- files, as an analyst would write them by hand for the demo company (days in UTC, money in USD): no layers, no
-- history, no tests, no members. It is the yardstick of the benchmark and an independent check: it shares no code with
-- dbt_project.
--
-- Parameters (DuckDB variables): lake, as_of. Result: headlines (metric, period_grain, period_start, numerator, n,
-- value) and purchase_histories (customer_id, x, t_x, T). A line `-- part: <name>` starts a part that is timed alone.

-- part: periods
set variable cut = getvariable('as_of') + interval 1 day;

create temp table periods as
with days as (
    select unnest(generate_series(date '2020-01-01', getvariable('as_of'), interval 1 day))::date as day
)
select day, 'day' as grain, day as start from days
union all select day, 'week', date_trunc('week', day)::date from days
union all select day, 'month', date_trunc('month', day)::date from days
union all select day, 'quarter', date_trunc('quarter', day)::date from days
union all select day, 'year', date_trunc('year', day)::date from days
union all select day, 'all_time', null from days
union all select day, 'trailing', null from days where day > getvariable('as_of') - 365;

create macro files(entity) as getvariable('lake') || '/raw/*/' || entity || '/*/*.parquet';
create macro email_of(x) as case
    when regexp_matches(lower(trim(x)), '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$') then lower(trim(x))
end;
create macro guest(source, contact, email, phone) as md5(source || '|guests|' || md5(
    source || '|' || coalesce(contact, '~null~') || '|' || coalesce(email_of(email), '~null~') || '|'
    || coalesce(nullif(trim(phone), ''), '~null~')));

-- part: people
create temp table registry as
select record_key, max_by(cluster_id, assigned_at) as customer_id
from read_parquet(getvariable('lake') || '/identity/registry/*.parquet')
group by record_key;

create temp table contacts as
select c._source_system as source, c.contact_id, r.customer_id, coalesce(c.is_test, false) as is_test
from (
    select *
    from read_parquet(files('contacts'), union_by_name = true, hive_partitioning = false)
    qualify row_number() over (partition by _source_system, contact_id
        order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
            _load_sequence desc, _row_number desc) = 1
) as c
join registry as r on r.record_key = md5(c._source_system || '|contacts|' || c.contact_id);

create temp table test_customers as select distinct customer_id from contacts where is_test;

create temp table accounts as
select a._source_system as source, a.account_id, r.customer_id as durable_id
from (
    select distinct _source_system, account_id
    from read_parquet(files('accounts'), union_by_name = true, hive_partitioning = false)
) as a
join registry as r on r.record_key = md5(a._source_system || '|accounts|' || a.account_id);

-- part: orders
create temp table rates as
select upper(trim(from_currency)) as currency, rate_date, rate
from read_parquet(files('exchange_rates'), union_by_name = true, hive_partitioning = false)
where upper(trim(to_currency)) = 'USD' and rate > 0 and rate_date <= getvariable('as_of')
qualify row_number() over (partition by upper(trim(from_currency)), rate_date
    order by updated_at desc nulls last, _load_sequence desc, _row_number desc) = 1;

create temp table orders as
with latest as (
    select _source_system as source, order_id, contact_id, email, phone, ordered_at, upper(trim(currency)) as currency,
        net_amount, coalesce(status, 'completed') = 'completed' as is_completed,
        coalesce(is_deleted, false) as is_deleted
    from read_parquet(files('orders'), union_by_name = true, hive_partitioning = false)
    where ordered_at < getvariable('cut')
    qualify row_number() over (partition by _source_system, order_id
        order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
            _load_sequence desc, _row_number desc) = 1
)
select o.source, o.order_id, o.is_completed and not o.is_deleted as is_completed, o.ordered_at::date as day,
    coalesce(c.customer_id, g.customer_id) as customer_id,
    coalesce(c.customer_id, g.customer_id) in (from test_customers) as is_test,
    case when o.currency = 'USD' then o.net_amount
        when o.ordered_at::date - x.rate_date <= 31 then (o.net_amount::double * x.rate)::decimal(18, 4) end as amount
from latest as o
left join contacts as c on o.source = c.source and o.contact_id = c.contact_id
left join registry as g
    on g.record_key = case when c.customer_id is null then guest(o.source, o.contact_id, o.email, o.phone) end
asof left join rates as x on o.currency = x.currency and o.ordered_at::date >= x.rate_date;

create temp table refunds as
with latest as (
    select _source_system as source, refund_id, order_id, refunded_at, upper(trim(currency)) as currency, amount
    from read_parquet(files('refunds'), union_by_name = true, hive_partitioning = false)
    where refunded_at < getvariable('cut') and not coalesce(is_deleted, false)
    qualify row_number() over (partition by _source_system, refund_id
        order by updated_at desc nulls last, _load_sequence desc, _row_number desc) = 1
)
select r.refunded_at::date as day,
    case when r.currency = 'USD' then r.amount
        when r.refunded_at::date - x.rate_date <= 31 then (r.amount::double * x.rate)::decimal(18, 4) end as amount
from latest as r
left join orders as o on r.source = o.source and r.order_id = o.order_id
asof left join rates as x on r.currency = x.currency and r.refunded_at::date >= x.rate_date
where coalesce(o.is_completed, true) and not coalesce(o.is_test, false);

create temp table headlines as
with by_day as (
    select day, count(amount) as orders, sum(amount) as revenue, 0 as refunds, 0::decimal(18, 4) as refunded
    from orders
    where is_completed and not coalesce(is_test, false)
    group by day
    union all
    select day, 0, 0, count(amount), sum(amount) from refunds group by day
),
sums as (
    select grain, start, sum(orders) as orders, coalesce(sum(revenue), 0) as revenue, sum(refunds) as refunds,
        coalesce(sum(refunded), 0) as refunded
    from by_day join periods using (day)
    group by grain, start
)
select 'revenue' as metric, grain as period_grain, start as period_start, revenue::double as numerator,
    orders::bigint as n, revenue::double as value
from sums where orders > 0
union all
select 'net_revenue', grain, start, (revenue - refunded)::double, orders + refunds, (revenue - refunded)::double
from sums
union all
select 'average_order_value', grain, start, revenue::double, orders, revenue::double / orders
from sums
where orders > 0;

-- part: purchase histories
create temp table purchase_histories as
with days as (
    select distinct customer_id, day from orders where is_completed and not is_test and customer_id is not null
),
numbered as (
    select customer_id, day, row_number() over (partition by customer_id order by day) as number from days
)
select customer_id, count(*) - 1 as x, (max(day) - min(day)) / 7.0 as t_x, (getvariable('as_of') - min(day)) / 7.0 as T,
    min(day) as first_day, min(day) filter (where number = 2) as second_day
from numbered
group by customer_id;

insert into headlines
select 'repeat_purchase_rate', grain, start, count(*) filter (where second_day - first_day <= 365), count(*),
    100.0 * count(*) filter (where second_day - first_day <= 365) / count(*)
from purchase_histories join periods on first_day = day
where getvariable('as_of') - first_day >= 365 and grain not in ('day', 'week')
group by grain, start;

-- part: subscriptions
create temp table subscriptions as
with latest as (
    select _source_system as source, subscription_id, period_start, period_end, account_id, contact_id, product_id,
        upper(trim(currency)) as currency, coalesce(status, 'active') as status, updated_at,
        (unit_amount::double * coalesce(quantity, 1)
            / case billing_interval when 'month' then 1 when 'quarter' then 3 else 12 end)::decimal(18, 4) as amount
    from read_parquet(files('subscriptions'), union_by_name = true, hive_partitioning = false)
    where period_start < getvariable('cut') and not coalesce(is_deleted, false)
    qualify row_number() over (partition by _source_system, subscription_id, period_start
        order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
            _load_sequence desc, _row_number desc) = 1
)
select
    coalesce(
        a.durable_id, 'account ' || s.account_id, c.customer_id, g.customer_id, 'subscription ' || s.subscription_id
    ) as payer,
    s.product_id, s.currency, s.amount, s.period_start,
    least(
        coalesce(
            s.period_end, case when s.status = 'cancelled' then greatest(s.updated_at, s.period_start) end, 'infinity'
        ),
        lead(s.period_start, 1, 'infinity') over (partition by s.source, s.subscription_id order by s.period_start)
    ) as period_end,
    s.status in ('active', 'cancelled') and s.amount > 0
        and coalesce(c.customer_id, g.customer_id, '') not in (from test_customers) as is_paying
from latest as s
left join accounts as a on s.source = a.source and s.account_id = a.account_id
left join contacts as c on s.source = c.source and s.contact_id = c.contact_id
left join registry as g
    on g.record_key = case when c.customer_id is null then guest(s.source, s.contact_id, null, null) end;

create temp table ends as
with months as (
    select month::date as month, (month + interval 1 month)::date as next_month
    from unnest(generate_series(date '2020-01-01', getvariable('as_of'), interval 1 month)) as series(month)
    where month + interval 1 month <= getvariable('cut')
)
select m.month, m.next_month, s.payer, s.product_id, s.currency, sum(s.amount) as amount
from months as m
join subscriptions as s
    on s.period_start < m.next_month and s.period_end >= m.next_month and s.period_end > s.period_start and s.is_paying
group by all;

insert into headlines
with spans as (
    select distinct grain, start, (start - interval 1 month)::date as opening,
        (start + case grain when 'month' then interval 0 month when 'quarter' then interval 2 month
            else interval 11 month end)::date as closing
    from periods
    where grain in ('month', 'quarter', 'year')
),
first_paid as (
    select payer, min(period_start) as first_paid
    from subscriptions
    where is_paying and period_end > period_start
    group by payer
),
both_ends as (
    select grain, start, payer, currency, amount as opened, 0 as closed from spans join ends on month = opening
    union all
    select grain, start, payer, currency, 0, amount from spans join ends on month = closing
),
priced as (
    select e.grain, e.start, e.payer,
        case when e.currency = 'USD' then e.opened else (e.opened::double * o.rate)::decimal(18, 4) end as opened,
        case when e.currency = 'USD' then e.closed
            else (e.closed::double * coalesce(o.rate, c.rate))::decimal(18, 4) end as closed,
        case when e.currency = 'USD' then e.closed else (e.closed::double * c.rate)::decimal(18, 4) end as closed_now,
        e.opened > 0 as was_there, e.closed > 0 as is_there
    from (select *, start - 1 as opening_day,
            (start + case grain when 'month' then interval 1 month when 'quarter' then interval 3 month
                else interval 12 month end)::date - 1 as closing_day
        from both_ends) as e
    asof left join rates as o on e.currency = o.currency and e.opening_day >= o.rate_date
    asof left join rates as c on e.currency = c.currency and e.closing_day >= c.rate_date
),
totals as (
    select grain, start, payer, sum(opened) as opened, sum(closed) as closed, sum(closed_now) as closed_now,
        bool_or(was_there) as was_there, bool_or(is_there) as is_there
    from priced
    group by grain, start, payer
),
sums as (
    select t.grain, t.start, count(*) as either_n, count(*) filter (where was_there) as start_n,
        count(*) filter (where is_there) as end_n, count(*) filter (where was_there and not is_there) as left_n,
        sum(opened)::double as opened, sum(closed_now)::double as mrr,
        coalesce(sum(closed) filter (where not was_there and first_paid >= t.start), 0)::double as new,
        coalesce(sum(closed) filter (where not was_there and first_paid < t.start), 0)::double as back,
        coalesce(sum(closed - opened) filter (where was_there and is_there and closed > opened), 0)::double as more,
        coalesce(sum(opened - closed) filter (where was_there and is_there and closed < opened), 0)::double as less,
        coalesce(sum(opened) filter (where not is_there), 0)::double as lost
    from totals as t
    join first_paid using (payer)
    where (t.grain, t.start) in (
        select (grain, start) from spans where closing + interval 1 month <= getvariable('cut')
    )
    group by t.grain, t.start
)
select 'mrr', grain, start, mrr, end_n, mrr from sums where end_n > 0
union all select 'new_mrr', grain, start, new, either_n, new from sums
union all select 'reactivation_mrr', grain, start, back, either_n, back from sums
union all select 'expansion_mrr', grain, start, more, either_n, more from sums
union all select 'contraction_mrr', grain, start, less, either_n, less from sums
union all select 'churned_mrr', grain, start, lost, either_n, lost from sums
union all select 'logo_churn_rate', grain, start, left_n, start_n, 100.0 * left_n / start_n from sums where start_n > 0
union all
select 'grr', grain, start, opened - less - lost, start_n, 100 * (opened - less - lost) / opened
from sums where start_n > 0
union all
select 'nrr', grain, start, opened + more - less - lost, start_n, 100 * (opened + more - less - lost) / opened
from sums where start_n > 0;

-- part: surveys
create temp table questions as
select _source_system as source, question_id, version, survey_id, metric,
    coalesce(direction, 'high_good') = 'low_good' as is_turned,
    coalesce(scale_min, case metric when 'nps' then 0 else 1 end) as lowest,
    coalesce(scale_max, case metric when 'nps' then 10 when 'csat' then 5 else 7 end) as highest,
    coalesce(satisfied_from, case metric when 'csat' then highest - 1 when 'ces' then highest - 2 end) as satisfied_from
from read_parquet(files('survey_questions'), union_by_name = true, hive_partitioning = false)
where metric in ('nps', 'csat', 'ces')
qualify row_number() over (partition by _source_system, question_id, version order by language) = 1;

create temp table invitations as
select i._source_system as source, i.invitation_id, i.sent_at::date as day, i.delivered_at, i.opened_at, i.started_at,
    i.completed_at, coalesce(c.customer_id, g.customer_id) as customer_id
from read_parquet(files('survey_invitations'), union_by_name = true, hive_partitioning = false) as i
left join contacts as c on i._source_system = c.source and i.contact_id = c.contact_id
left join registry as g
    on g.record_key = case when c.customer_id is null then guest(i._source_system, i.contact_id, i.email, null) end
where i.sent_at < getvariable('cut')
qualify row_number() over (partition by i._source_system, i.invitation_id
    order by i.updated_at desc nulls last, i._load_sequence desc, i._row_number desc) = 1;

create temp table responses as
with latest as (
    select *, _source_system as source
    from read_parquet(files('survey_responses'), union_by_name = true, hive_partitioning = false)
    where responded_at < getvariable('cut') and not coalesce(is_deleted, false)
    qualify row_number() over (partition by _source_system, response_id
        order by updated_at desc nulls last, _load_sequence desc, _row_number desc) = 1
)
select r.source, r.response_id, r.survey_id, r.invitation_id, r.responded_at,
    coalesce(r.is_complete, true) as is_complete, coalesce(r.is_test, false) as is_test,
    coalesce(c.customer_id, g.customer_id, i.customer_id) as customer_id,
    coalesce(coalesce(c.customer_id, g.customer_id, i.customer_id) in (from test_customers), false) as is_test_customer
from latest as r
left join contacts as c on r.source = c.source and r.contact_id = c.contact_id
left join registry as g
    on g.record_key = case when c.customer_id is null then guest(r.source, r.contact_id, r.email, r.phone) end
left join invitations as i on r.source = i.source and r.invitation_id = i.invitation_id;

create temp table answers as
with latest as (
    select _source_system as source, response_id, question_id, question_version, value_number
    from read_parquet(files('survey_answers'), union_by_name = true, hive_partitioning = false)
    where value_number is not null and not coalesce(is_deleted, false)
    qualify row_number() over (partition by _source_system, response_id, question_id
        order by updated_at desc nulls last, _load_sequence desc, _row_number desc) = 1
)
select q.metric, q.lowest, q.highest, q.satisfied_from, s.programme, r.response_id, r.responded_at,
    coalesce(r.customer_id, r.response_id) as person,
    case when q.is_turned then q.lowest + q.highest - a.value_number else a.value_number end as score
from latest as a
join responses as r using (source, response_id)
join questions as q
    on a.source = q.source and a.question_id = q.question_id and coalesce(a.question_version, q.version) = q.version
left join (
    select distinct _source_system as source, survey_id, programme
    from read_parquet(files('surveys'), union_by_name = true, hive_partitioning = false)
) as s on r.source = s.source and r.survey_id = s.survey_id
where r.is_complete and not r.is_test and not r.is_test_customer and a.value_number between q.lowest and q.highest;

insert into headlines
with latest as (
    select grain, start, score
    from answers join periods on responded_at::date = day
    where metric = 'nps' and lowest = 0 and highest = 10 and programme = 'relational'
    qualify row_number() over (partition by grain, start, person order by responded_at desc, response_id desc) = 1
)
select 'nps', grain, start, count(*) filter (where score >= 9) - count(*) filter (where score <= 6), count(*),
    100.0 * (count(*) filter (where score >= 9) - count(*) filter (where score <= 6)) / count(*)
from latest
group by grain, start
union all
select metric, grain, start, sum(satisfied), sum(n), 100.0 * sum(satisfied) / sum(n)
from (
    select metric, responded_at::date as day, count(*) filter (where score >= satisfied_from) as satisfied,
        count(*) as n
    from answers
    where metric in ('csat', 'ces')
    group by metric, day
) join periods using (day)
group by metric, grain, start
union all
select 'survey_response_rate', grain, start, sum(completed), sum(delivered), 100.0 * sum(completed) / sum(delivered)
from (
    select i.day,
        count(*) filter (where i.completed_at is not null or r.completed) as completed,
        count(*) filter (where coalesce(i.delivered_at, i.opened_at, i.started_at, i.completed_at) is not null
            or r.invitation_id is not null) as delivered
    from invitations as i
    left join (
        select source, invitation_id, bool_or(is_complete) as completed, bool_or(is_test) as is_test
        from responses
        where invitation_id is not null
        group by source, invitation_id
    ) as r on i.source = r.source and i.invitation_id = r.invitation_id
    where not coalesce(r.is_test, false) and coalesce(i.customer_id, '') not in (from test_customers)
    group by i.day
) join periods using (day)
group by grain, start
having sum(delivered) > 0;

-- part: ticket events
create temp table events as
select _source_system as source, ticket_id, event_id, occurred_at, event_type, actor_id, actor_type,
    coalesce(is_public, true) as is_public, old_value, new_value
from read_parquet(files('ticket_events'), union_by_name = true, hive_partitioning = false)
where occurred_at < getvariable('cut') and event_type in ('status', 'comment', 'merge', 'delete', 'category')
qualify row_number() over (partition by _source_system, event_id
    order by updated_at desc nulls last, _load_sequence desc, _row_number desc) = 1;

create temp table steps as
select source, ticket_id, occurred_at, event_id, new_value in ('solved', 'closed') as is_done,
    coalesce(old_value, lag(new_value) over life, 'new') in ('solved', 'closed') as was_done,
    lead(occurred_at, 1, getvariable('cut')::timestamptz) over life as until
from events
where event_type = 'status'
window life as (partition by source, ticket_id order by occurred_at, event_id);

-- part: tickets
create temp table tickets as
with latest as (
    select *, _source_system as source
    from read_parquet(files('tickets'), union_by_name = true, hive_partitioning = false)
    where created_at < getvariable('cut')
    qualify row_number() over (partition by _source_system, ticket_id
        order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
            _load_sequence desc, _row_number desc) = 1
),
solutions as (
    select source, ticket_id,
        min(occurred_at) filter (where is_done and not was_done) as first_solved_at,
        min(occurred_at) filter (where was_done and not is_done) as first_reopened_at,
        min(occurred_at) as first_step_at,
        max_by(is_done, (occurred_at, event_id)) as is_solved
    from steps
    group by source, ticket_id
),
agents as (
    select _source_system as source, agent_id, bool_or(coalesce(is_bot, false)) as is_bot
    from read_parquet(files('agents'), union_by_name = true, hive_partitioning = false)
    group by all
),
-- The first public comment is the ticket itself if it was written with it by who opened it.
comments as (
    select e.*, coalesce(a.is_bot, false) as is_bot,
        row_number() over (partition by e.source, e.ticket_id order by e.occurred_at, e.event_id) as number
    from events as e
    left join agents as a on e.source = a.source and e.actor_id = a.agent_id
    where e.event_type = 'comment' and e.is_public
),
replies as (
    select c.source, c.ticket_id, min(c.occurred_at) as first_replied_at, count(*) as replies
    from comments as c
    join latest as t using (source, ticket_id)
    where c.actor_type = 'agent' and not c.is_bot
        and not (c.number = 1 and t.submitter_type = 'agent' and c.occurred_at <= t.created_at + interval 1 second)
    group by c.source, c.ticket_id
),
others as (
    select source, ticket_id, min(occurred_at) filter (where event_type = 'merge') as merged_at,
        min(occurred_at) filter (where event_type = 'delete') as deleted_at,
        max_by(new_value, (occurred_at, event_id)) filter (where event_type = 'category') as category
    from events
    where event_type in ('merge', 'delete', 'category')
    group by source, ticket_id
)
select t.source, t.ticket_id, coalesce(c.customer_id, g.customer_id) as customer_id,
    coalesce(o.category, t.category) as category, t.created_at, coalesce(t.schedule_id, '') as schedule_id,
    t.follow_up_of_ticket_id, t.status as delivered_status,
    coalesce(t.is_spam, false) as is_spam, o.merged_at is not null or t.merged_into_ticket_id is not null as is_merged,
    coalesce(t.is_deleted, false) or o.deleted_at is not null as is_deleted,
    o.merged_at, coalesce(o.deleted_at, case when t.is_deleted then t.updated_at end) as deleted_at,
    r.first_replied_at, coalesce(r.replies, 0) as replies, s.first_step_at,
    case when s.first_step_at is null then t.solved_at else s.first_solved_at end as first_solved_at,
    s.first_reopened_at, coalesce(s.is_solved, t.status in ('solved', 'closed')) as is_solved
from latest as t
left join contacts as c on t.source = c.source and t.requester_id = c.contact_id
left join registry as g on g.record_key
    = case when c.customer_id is null then guest(t.source, t.requester_id, t.requester_email, t.requester_phone) end
left join solutions as s on t.source = s.source and t.ticket_id = s.ticket_id
left join replies as r on t.source = r.source and t.ticket_id = r.ticket_id
left join others as o on t.source = o.source and t.ticket_id = o.ticket_id
where coalesce(c.customer_id, g.customer_id, '') not in (from test_customers);

create temp table counted as from tickets where not is_spam and not is_merged and not is_deleted;

-- part: business hours
create macro minutes_of(clock) as split_part(clock, ':', 1)::int * 60 + split_part(clock, ':', 2)::int;

create temp table openings as
with schedules as (
    select _source_system as source, schedule_id, timezone, weekday, opens_at, closes_at,
        coalesce(is_default, false) as is_default
    from read_parquet(files('schedules'), union_by_name = true, hive_partitioning = false)
    qualify row_number() over (partition by _source_system, schedule_id, valid_from, weekday, opens_at
        order by _load_sequence desc) = 1
),
days as (
    select unnest(generate_series(
        (select min(created_at)::date - 2 from tickets), getvariable('as_of') + 2, interval 1 day
    ))::date as day
),
windows as (
    select s.source, s.schedule_id, s.is_default,
        (day + minutes_of(opens_at) * interval 1 minute) at time zone timezone as opens_at,
        (day + minutes_of(closes_at) * interval 1 minute) at time zone timezone as closes_at
    from schedules as s
    join days on isodow(day) = weekday
    anti join (
        select _source_system as source, schedule_id, holiday_date as day
        from read_parquet(files('holidays'), union_by_name = true, hive_partitioning = false)
    ) using (source, schedule_id, day)
)
select source, unnest(case when is_default then [schedule_id, ''] else [schedule_id] end) as schedule_id,
    opens_at, closes_at,
    coalesce(sum(epoch(closes_at) - epoch(opens_at)) over (partition by source, schedule_id order by opens_at
        rows between unbounded preceding and 1 preceding), 0) as seconds_before
from windows;

create macro business_seconds(seconds_before, opens_at, closes_at, instant) as
    coalesce(seconds_before + (least(epoch_us(instant), epoch_us(closes_at)) - epoch_us(opens_at)) / 1e6, 0);

create temp table waits as
select 'first_reply' as metric, first_replied_at as done_at, created_at, source, schedule_id
from counted
where first_replied_at is not null
union all
select 'resolution', first_solved_at, created_at, source, schedule_id
from counted
where first_solved_at is not null;

insert into headlines
with minutes as (
    select w.metric, w.done_at::date as day, greatest(epoch_us(w.done_at) - epoch_us(w.created_at), 0) / 6e7 as minutes,
        greatest(
            business_seconds(b.seconds_before, b.opens_at, b.closes_at, w.done_at)
            - business_seconds(a.seconds_before, a.opens_at, a.closes_at, w.created_at), 0) / 60 as business_minutes
    from waits as w
    asof left join openings as a on w.source = a.source and w.schedule_id = a.schedule_id and w.created_at >= a.opens_at
    asof left join openings as b on w.source = b.source and w.schedule_id = b.schedule_id and w.done_at >= b.opens_at
),
medians as (
    select metric, grain, start, count(*) as n, sum(minutes) as total, median(minutes) as median,
        sum(business_minutes) as business_total, median(business_minutes) as business_median
    from minutes join periods using (day)
    group by metric, grain, start
)
select metric || '_minutes', grain, start, total, n, median from medians
union all
select metric || '_business_minutes', grain, start, business_total, n, business_median from medians;

-- part: first contact
insert into headlines
with repeated as (
    select distinct t.source, t.ticket_id
    from counted as t
    join counted as n
        on t.customer_id = n.customer_id
        and n.created_at > t.first_solved_at and n.created_at <= t.first_solved_at + interval 7 day
        and (t.source, t.ticket_id) <> (n.source, n.ticket_id)
        and coalesce(t.category, n.category, '') = coalesce(n.category, t.category, '')
),
by_day as (
    select 'reopen_rate' as metric, first_solved_at::date as day,
        count(*) filter (where first_reopened_at is not null) as good, count(*) as n
    from counted where first_solved_at is not null group by day
    union all
    select 'fcr_one_touch', first_solved_at::date as day, count(*) filter (where replies < 2), count(*)
    from tickets where is_solved and first_solved_at is not null group by day
    union all
    select 'fcr_no_repeat', first_solved_at::date as day,
        count(*) filter (
            where r.ticket_id is null and coalesce(first_reopened_at > first_solved_at + interval 7 day, true)
        ), count(*)
    from counted as t left join repeated as r using (source, ticket_id)
    where first_solved_at + interval 7 day < getvariable('cut') and follow_up_of_ticket_id is null
    group by day
)
select metric, grain, start, sum(good), sum(n), 100.0 * sum(good) / sum(n)
from by_day join periods using (day)
group by metric, grain, start;

-- part: backlog
insert into headlines
with open_spans as (
    select t.source, t.ticket_id, t.created_at as since,
        coalesce(t.first_step_at, t.first_solved_at, getvariable('cut')::timestamptz) as until
    from tickets as t
    where t.first_step_at is not null or t.first_solved_at is not null or t.delivered_status not in ('solved', 'closed')
    union all
    select source, ticket_id, occurred_at, until from steps where not is_done
),
changes as (
    select greatest(s.since, t.created_at)::date as joined, least(s.until, t.merged_at, t.deleted_at)::date as gone
    from open_spans as s
    join tickets as t using (source, ticket_id)
    where not t.is_spam and not (t.is_merged and t.merged_at is null) and not (t.is_deleted and t.deleted_at is null)
        and greatest(s.since, t.created_at) < least(s.until, t.merged_at, t.deleted_at)
),
by_day as (
    select day, sum(change) as change
    from (
        select joined as day, 1 as change from changes
        union all select gone, -1 from changes
        union all select day, 0 from periods where grain = 'day'
    )
    group by day
),
levels as (
    select day, sum(change) over (order by day) as open from by_day
)
select 'backlog', grain, start, max_by(open, day), max_by(open, day), max_by(open, day)
from levels join periods using (day)
where day >= (select min(created_at)::date from counted)
group by grain, start;
