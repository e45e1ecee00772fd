-- Tickets and their events.

-- part: tickets
create table requests as
with latest as (
    select _source_system as source, ticket_id, requester_id, requester_email, requester_phone, created_at, channel,
        team, category, priority, assignee_id, status, solved_at, satisfaction, satisfaction_at, schedule_id,
        submitter_type, needs_reply, follow_up_of_ticket_id, merged_into_ticket_id, is_spam, is_deleted, updated_at
    from read_parquet(files('tickets'), union_by_name = true, hive_partitioning = false)
    where created_at < getvariable('cut')
    qualify row_number() over (partition by _source_system, ticket_id
        order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
            _load_sequence desc, _row_number desc) = 1
)
select row_number() over () as ticket, t.source, t.ticket_id, coalesce(c.customer, g.customer) as customer,
    t.created_at, coalesce(t.channel, 'unknown') as channel, t.team, t.category, t.priority, t.assignee_id, t.status,
    t.solved_at, t.satisfaction, t.satisfaction_at, coalesce(t.schedule_id, '') as schedule_id, t.submitter_type,
    t.needs_reply, t.follow_up_of_ticket_id is not null as is_follow_up, coalesce(t.is_spam, false) as is_spam,
    t.merged_into_ticket_id is not null as is_merged, coalesce(t.is_deleted, false) as is_deleted, t.updated_at
from latest as t
left join contacts as c on t.source = c.source and t.requester_id = c.contact_id
left join guests as g on g.record_key
    = case when c.customer is null then guest(t.source, t.requester_id, t.requester_email, t.requester_phone) end
where coalesce(c.customer, g.customer) is null or coalesce(c.customer, g.customer) not in (from test_customers);

-- part: ticket events
create table superseded_events as
with keys as not materialized (
    select _source_system as source, event_id, updated_at, _load_sequence, _row_number
    from read_parquet(files('ticket_events'), union_by_name = true, hive_partitioning = false)
),
several as (
    select source, event_id from keys group by all having count(*) > 1
)
select _load_sequence, _row_number
from keys semi join several using (source, event_id)
qualify row_number() over (partition by source, event_id
    order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
        _load_sequence desc, _row_number desc) > 1;

-- A reply is a public comment of a person who was an agent then; other notes are nobody's business.
create table events as
with agents as (
    select _source_system as source, agent_id, bool_or(coalesce(is_bot, false)) as is_bot, min(hired_at) as hired_at,
        max(left_at) as left_at
    from read_parquet(files('agents'), union_by_name = true, hive_partitioning = false)
    group by all
)
select r.ticket, e.event_id, e.occurred_at, e.event_type, e.old_value, e.new_value,
    e.event_type = 'comment' and e.actor_type = 'agent' and not coalesce(a.is_bot, false)
    and coalesce(e.occurred_at >= a.hired_at, true) and coalesce(e.occurred_at < a.left_at, true) as is_reply
from read_parquet(files('ticket_events'), union_by_name = true, hive_partitioning = false) as e
join requests as r on e._source_system = r.source and e.ticket_id = r.ticket_id
left join agents as a on e._source_system = a.source and e.actor_id = a.agent_id
where e.occurred_at < getvariable('cut') and e.event_type <> 'tag' and not coalesce(e.is_deleted, false)
    and (e.event_type <> 'comment' or coalesce(e.is_public, true))
    and (e._load_sequence, e._row_number) not in (from superseded_events);

-- A step leads from its own old value, else from the status before.
create table steps as
select ticket, occurred_at, event_id, new_value in ('solved', 'closed') as is_done,
    coalesce(old_value, lag(new_value) over life, 'new') in ('solved', 'closed') as was_done
from events
where event_type = 'status'
window life as (partition by ticket order by occurred_at, event_id);

-- An agent's comment that opened the ticket is the ticket, not a reply.
create table replies as
with openings as (
    select e.ticket, e.is_reply and e.occurred_at <= r.created_at + interval 1 second as is_opening
    from events as e
    join requests as r using (ticket)
    where r.submitter_type = 'agent' and e.event_type = 'comment'
    qualify row_number() over (partition by e.ticket order by e.occurred_at, e.event_id) = 1
),
counted as (
    select ticket, count(*) as replies, min(occurred_at, 2) as firsts from events where is_reply group by ticket
)
select ticket, replies - coalesce(is_opening, false)::int as replies,
    firsts[1 + coalesce(is_opening, false)::int] as first_replied_at
from counted
left join openings using (ticket);

create table tickets as
with solutions as (
    select ticket,
        min(occurred_at) filter (where is_done and not was_done) as first_solved_at,
        max(occurred_at) filter (where is_done and not was_done) as last_solved_at,
        min(occurred_at) filter (where was_done and not is_done) as first_reopened_at,
        max_by(is_done, (occurred_at, event_id)) as is_solved
    from steps
    group by ticket
),
others as (
    select ticket, min(occurred_at) filter (where event_type = 'merge') as merged_at,
        min(occurred_at) filter (where event_type = 'delete') as deleted_at,
        max_by(new_value, (occurred_at, event_id)) filter (where event_type = 'category') as category,
        max_by(new_value, (occurred_at, event_id)) filter (where event_type = 'priority') as priority,
        max_by(new_value, (occurred_at, event_id))
            filter (where event_type = 'satisfaction' and new_value in ('good', 'bad')) as rating,
        max(occurred_at) filter (where event_type = 'satisfaction' and new_value in ('good', 'bad')) as rated_at
    from events
    where event_type in ('merge', 'delete', 'category', 'priority', 'satisfaction')
    group by ticket
),
-- Whose team changed is replayed event by event; all others had one team.
moves as (
    select ticket, event_type, is_reply, occurred_at, event_id,
        last_value(if(event_type = 'team', new_value, null) ignore nulls) over life as team,
        min_by(old_value, (occurred_at, event_id)) filter (where event_type = 'team') over (partition by ticket)
        as first_team,
        min_by(new_value, (occurred_at, event_id)) filter (where event_type = 'team') over (partition by ticket)
        as second_team
    from events
    semi join (select ticket from events where event_type = 'team') using (ticket)
    window life as (partition by ticket order by occurred_at, event_id)
),
teams as (
    select m.ticket, coalesce(any_value(m.first_team), any_value(m.second_team)) as first_team,
        min_by(coalesce(m.team, m.first_team), (m.occurred_at, m.event_id))
            filter (where m.is_reply and m.occurred_at = r.first_replied_at) as reply_team,
        min_by(coalesce(m.team, m.first_team), (m.occurred_at, m.event_id))
            filter (where m.event_type = 'status' and m.occurred_at = s.first_solved_at) as first_solve_team,
        max_by(coalesce(m.team, m.first_team), (m.occurred_at, m.event_id))
            filter (where m.event_type = 'status' and m.occurred_at = s.last_solved_at) as last_solve_team,
        max_by(coalesce(m.team, m.first_team), (m.occurred_at, m.event_id))
            filter (where m.event_type = 'satisfaction' and m.occurred_at = o.rated_at) as rated_team
    from moves as m
    left join replies as r using (ticket)
    left join solutions as s using (ticket)
    left join others as o using (ticket)
    group by m.ticket
)
select t.ticket, t.source, t.customer, t.channel, coalesce(o.category, t.category) as category,
    coalesce(o.priority, t.priority, 'unknown') as priority, coalesce(t.team, 'unknown') as team,
    coalesce(if(m.ticket is null, t.team, m.first_team), 'unknown') as first_team,
    coalesce(if(m.ticket is null, t.team, m.reply_team), 'unknown') as reply_team,
    coalesce(if(m.ticket is null, t.team, m.first_solve_team), 'unknown') as first_solve_team,
    coalesce(if(m.ticket is null, t.team, m.last_solve_team), 'unknown') as last_solve_team,
    coalesce(case when m.ticket is null then t.team when o.rated_at is null then m.last_solve_team else m.rated_team end,
        'unknown') as rated_team,
    t.created_at, t.schedule_id, t.is_follow_up, t.is_spam, o.merged_at is not null or t.is_merged as is_merged,
    o.deleted_at is not null or t.is_deleted as is_deleted, o.merged_at,
    coalesce(o.deleted_at, if(t.is_deleted, t.updated_at, null)) as deleted_at,
    r.first_replied_at, coalesce(r.replies, 0) as replies,
    if(s.ticket is null, t.solved_at, s.first_solved_at) as first_solved_at,
    if(s.ticket is null, t.solved_at, s.last_solved_at) as last_solved_at,
    s.first_reopened_at, coalesce(s.is_solved, t.status in ('solved', 'closed')) as is_solved,
    s.ticket is not null as has_steps, t.status, t.assignee_id,
    coalesce(t.needs_reply, coalesce(t.submitter_type, 'customer') = 'customer') as needs_reply,
    coalesce(o.rating, t.satisfaction) as rating, coalesce(o.rated_at, t.satisfaction_at, last_solved_at) as rated_at
from requests as t
left join solutions as s using (ticket)
left join replies as r using (ticket)
left join others as o using (ticket)
left join teams as m using (ticket);

-- The segment of the customer at each instant that dates a metric.
create table counted as
select t.* replace (coalesce(t.category, 'unknown') as category), t.category as stated_category,
    coalesce(c.segment, 'unknown') as created_segment, coalesce(r.segment, 'unknown') as reply_segment,
    coalesce(f.segment, 'unknown') as first_solve_segment, coalesce(l.segment, 'unknown') as last_solve_segment,
    coalesce(s.segment, 'unknown') as rating_segment, not t.is_spam and not t.is_merged and not t.is_deleted as counts
from tickets as t
left join customers as c on t.customer = c.customer and t.created_at >= c.valid_from and t.created_at < c.valid_to
left join customers as r
    on t.customer = r.customer and t.first_replied_at >= r.valid_from and t.first_replied_at < r.valid_to
left join customers as f
    on t.customer = f.customer and t.first_solved_at >= f.valid_from and t.first_solved_at < f.valid_to
left join customers as l
    on t.customer = l.customer and t.last_solved_at >= l.valid_from and t.last_solved_at < l.valid_to
left join customers as s on t.customer = s.customer and t.rated_at >= s.valid_from and t.rated_at < s.valid_to;

-- part: shares of tickets
insert into headlines
with repeated as (
    select distinct t.ticket
    from counted as t
    join counted as n
        on t.customer = n.customer
        and n.created_at > t.first_solved_at and n.created_at <= t.first_solved_at + interval 7 day
        and t.ticket <> n.ticket
        and coalesce(t.stated_category, n.stated_category, '') = coalesce(n.stated_category, t.stated_category, '')
    where t.counts and n.counts
),
cases as (
    select 'first solution' as event, first_solved_at::date as day, channel, first_solve_team as team, category,
        priority, first_solve_segment as segment,
        is_solved as touch_counts, replies < 2 as touch_good,
        counts as strict_counts, replies = 1 and first_reopened_at is null as strict_good,
        first_reopened_at is not null as reopened, counts and not is_follow_up as awaited,
        first_solved_at + interval 7 day < getvariable('cut') as decided,
        r.ticket is null and coalesce(first_reopened_at > first_solved_at + interval 7 day, true) as good
    from counted left join repeated as r using (ticket)
    where first_solved_at is not null
    union all
    -- What is dated by its creation belongs to the team and segment of that moment.
    select 'creation', created_at::date, channel, first_team, category, priority, created_segment, null, null, null,
        null, null, true, created_at + interval 24 hour < getvariable('cut'),
        coalesce(first_replied_at <= created_at + interval 24 hour, false)
    from counted
    where counts and needs_reply
    union all
    select 'rating', rated_at::date, channel, rated_team, category, priority, rating_segment, null, null, null,
        null, null, true, true, rating = 'good'
    from counted
    where counts and rating in ('good', 'bad')
),
by_day as (
    select event, day,
        case when channel is not null then 'channel' when team is not null then 'team'
            when category is not null then 'category' when priority is not null then 'priority'
            when segment is not null then 'segment' else 'all' end as dimension,
        coalesce(channel, team, category, priority, segment, 'all') as member,
        count(*) filter (where touch_counts) as touch_n,
        count(*) filter (where touch_counts and touch_good) as touch_good,
        count(*) filter (where strict_counts) as strict_n,
        count(*) filter (where strict_counts and strict_good) as strict_good,
        count(*) filter (where strict_counts and reopened) as reopened,
        count(*) filter (where awaited and decided) as decided_n,
        count(*) filter (where awaited and not decided) as waiting,
        count(*) filter (where awaited and decided and good) as good
    from cases
    group by grouping sets ((event, day), (event, day, channel), (event, day, team), (event, day, category),
        (event, day, priority), (event, day, segment))
),
sums as (
    select event, grain, start, dimension, member, sum(touch_n) as touch_n, sum(touch_good) as touch_good,
        sum(strict_n) as strict_n, sum(strict_good) as strict_good, sum(reopened) as reopened,
        sum(decided_n) as decided_n, sum(good) as good, sum(waiting) as waiting
    from by_day join periods using (day)
    where grain <> 'day' or dimension = 'all'
    group by all
),
solutions as (
    from sums where event = 'first solution'
),
shares as (
    select 'fcr_one_touch' as metric, grain, start, dimension, member, touch_good as good, touch_n as n, 0 as waiting
    from solutions
    union all
    select 'fcr_strict', grain, start, dimension, member, strict_good, strict_n, 0 from solutions
    union all
    select 'reopen_rate', grain, start, dimension, member, reopened, strict_n, 0 from solutions
    union all
    select unnest(['fcr_no_repeat', 'fcr']), grain, start, dimension, member, good, decided_n, waiting from solutions
    union all
    select if(event = 'rating', 'csat_ticket', 'reply_within_24h_rate'), grain, start, dimension, member, good,
        decided_n, waiting
    from sums
    where event <> 'first solution'
)
select metric, grain, start, dimension, member, good, n, null, n, 100 * good / nullif(n, 0), wilson(good, n, -1),
    wilson(good, n, 1), waiting
from shares
where n + waiting > 0;

-- part: business hours
create macro minutes_of(clock) as split_part(clock, ':', 1)::int * 60 + split_part(clock, ':', 2)::int;

create table openings as
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

-- part: durations
-- Open seconds of the schedule until each instant; the difference of two is the business time between them.
create table instants as
with wanted as (
    select ticket, source, schedule_id, 'created' as event, created_at as instant from counted where counts
    union all
    select ticket, source, schedule_id, 'first_reply', first_replied_at from counted where counts
    union all
    select ticket, source, schedule_id, 'resolution', first_solved_at from counted where counts
    union all
    select ticket, source, schedule_id, 'full_resolution', last_solved_at from counted where counts and is_solved
)
select w.ticket, w.event, w.instant,
    coalesce(o.seconds_before + (least(epoch_us(w.instant), epoch_us(o.closes_at)) - epoch_us(o.opens_at)) / 1e6, 0)
    as open
from wanted as w
asof left join openings as o on w.source = o.source and w.schedule_id = o.schedule_id and w.instant >= o.opens_at
where w.instant is not null;

create table durations as
select i.event, i.instant::date as day, t.channel, t.category, t.priority,
    case i.event when 'first_reply' then t.reply_team when 'resolution' then t.first_solve_team
        else t.last_solve_team end as team,
    case i.event when 'first_reply' then t.reply_segment when 'resolution' then t.first_solve_segment
        else t.last_solve_segment end as segment,
    greatest(epoch_us(i.instant) - epoch_us(c.instant), 0) / 6e7 as minutes,
    greatest(i.open - c.open, 0) / 60 as business
from instants as i
join instants as c on i.ticket = c.ticket and c.event = 'created'
join counted as t on i.ticket = t.ticket
where i.event <> 'created';

-- The quantile of a sorted list, interpolated; its interval are the values of rank nq -+ z sqrt(nq(1 - q)).
create macro quantile_of(sorted, n, q) as sorted[floor((n - 1) * q)::int + 1]
    + (sorted[ceil((n - 1) * q)::int + 1] - sorted[floor((n - 1) * q)::int + 1]) * ((n - 1) * q - floor((n - 1) * q));
create macro quantile_low(sorted, n, q) as
    sorted[greatest(1, floor(n * q - 1.959963984540054 * sqrt(n * q * (1 - q)))::int)];
create macro quantile_high(sorted, n, q) as
    sorted[least(n, ceil(1 + n * q + 1.959963984540054 * sqrt(n * q * (1 - q)))::int)];
create macro statistics(sorted, n, total, squares) as [
    {'suffix': '', 'value': quantile_of(sorted, n, 0.5), 'low': quantile_low(sorted, n, 0.5),
        'high': quantile_high(sorted, n, 0.5)},
    {'suffix': '_p90', 'value': quantile_of(sorted, n, 0.9), 'low': quantile_low(sorted, n, 0.9),
        'high': quantile_high(sorted, n, 0.9)},
    {'suffix': '_mean', 'value': total / n, 'low': normal(total, squares, n, -1), 'high': normal(total, squares, n, 1)}
];

-- A day's values of each member as lists, which are joined and sorted once for each period. A union, because the lists
-- would be carried through grouping sets at twice the price.
insert into headlines
with by_day as (
    select event, day, 'all' as dimension, 'all' as member, sum(minutes) as total,
        sum(minutes * minutes) as squares, list(minutes) as minutes, sum(business) as business_total,
        sum(business * business) as business_squares, list(business) as business
    from durations
    group by all
    union all
    select event, day, 'channel', channel, sum(minutes), sum(minutes * minutes), list(minutes), sum(business),
        sum(business * business), list(business)
    from durations
    group by all
    union all
    select event, day, 'team', team, sum(minutes), sum(minutes * minutes), list(minutes), sum(business),
        sum(business * business), list(business)
    from durations
    group by all
    union all
    select event, day, 'category', category, sum(minutes), sum(minutes * minutes), list(minutes), sum(business),
        sum(business * business), list(business)
    from durations
    group by all
    union all
    select event, day, 'priority', priority, sum(minutes), sum(minutes * minutes), list(minutes), sum(business),
        sum(business * business), list(business)
    from durations
    group by all
    union all
    select event, day, 'segment', segment, sum(minutes), sum(minutes * minutes), list(minutes), sum(business),
        sum(business * business), list(business)
    from durations
    group by all
),
sums as (
    select event, grain, start, dimension, member, sum(total) as total, sum(squares) as squares,
        list_sort(flatten(list(minutes))) as minutes, sum(business_total) as business_total,
        sum(business_squares) as business_squares, list_sort(flatten(list(business))) as business
    from by_day join periods using (day)
    where grain <> 'day' or dimension = 'all'
    group by all
),
long as (
    select event || '_minutes' as metric, grain, start, dimension, member, len(minutes) as n, total, squares,
        unnest(statistics(minutes, n, total, squares), recursive := true)
    from sums
    union all
    select event || '_business_minutes', grain, start, dimension, member, len(business) as n, business_total,
        business_squares, unnest(statistics(business, n, business_total, business_squares), recursive := true)
    from sums
)
select metric || suffix, grain, start, dimension, member, total, n, squares, n, value, low, high, 0 from long;

-- part: backlog
insert into headlines
with opens as (
    -- Open from creation, or from a reopening, until the next step to or from solved.
    select ticket, greatest(instant, created_at) as since, least(until, merged_at, deleted_at) as until
    from (
        select ticket, instant, is_open, lead(instant, 1, getvariable('cut')::timestamptz) over life as until
        from (
            select ticket, created_at as instant, '' as event_id, has_steps or first_solved_at is not null
                or status not in ('solved', 'closed') as is_open
            from tickets
            union all
            select ticket, occurred_at, event_id, not is_done from steps where is_done <> was_done
            union all
            select ticket, first_solved_at, '', false from tickets where not has_steps and first_solved_at is not null
        )
        window life as (partition by ticket order by instant, event_id)
    )
    join tickets using (ticket)
    where is_open and not is_spam and not (is_merged and merged_at is null) and not (is_deleted and deleted_at is null)
),
holdings as (
    select ticket, event_type, nullif(new_value, '') as value, occurred_at as since,
        lead(occurred_at, 1, 'infinity') over life as until
    from events
    where event_type in ('team', 'assignee')
    window life as (partition by ticket, event_type order by occurred_at, event_id)
    union all
    select ticket, event_type, min_by(old_value, (occurred_at, event_id)), '-infinity'::timestamptz,
        min(occurred_at)
    from events
    where event_type in ('team', 'assignee')
    group by ticket, event_type
),
teams as (
    select ticket, coalesce(value, 'unknown') as team, since, until from holdings where event_type = 'team'
    union all
    select ticket, team, '-infinity'::timestamptz, 'infinity'::timestamptz
    from tickets anti join (select ticket from holdings where event_type = 'team') using (ticket)
),
unassigned as (
    select ticket, since, until from holdings where event_type = 'assignee' and value is null
    union all
    select ticket, '-infinity'::timestamptz, 'infinity'::timestamptz
    from tickets anti join (select ticket from holdings where event_type = 'assignee') using (ticket)
    where assignee_id is null
),
held as (
    select o.ticket, m.team, coalesce(v.segment, 'unknown') as segment,
        greatest(o.since, m.since, v.valid_from) as since, least(o.until, m.until, v.valid_to) as until
    from opens as o
    join teams as m on o.ticket = m.ticket and m.since < o.until and m.until > o.since
    join tickets as t on o.ticket = t.ticket
    left join customers as v on t.customer = v.customer and v.valid_from < o.until and v.valid_to > o.since
),
pieces as (
    select 'backlog' as metric, ticket, team, segment, since::date as joined, until::date as gone from held
    union all
    select 'unassigned_backlog', h.ticket, h.team, h.segment, greatest(h.since, u.since)::date,
        least(h.until, u.until)::date
    from held as h
    join unassigned as u on h.ticket = u.ticket and u.since < h.until and u.until > h.since
),
changes as (
    select metric, unnest([joined, gone]) as day, unnest([1, -1]) as change, t.channel, p.team,
        coalesce(t.category, 'unknown') as category, t.priority, p.segment
    from pieces as p
    join tickets as t using (ticket)
    where joined < gone
),
by_day as (
    select metric, day,
        case when channel is not null then 'channel' when team is not null then 'team'
            when category is not null then 'category' when priority is not null then 'priority'
            when segment is not null then 'segment' else 'all' end as dimension,
        coalesce(channel, team, category, priority, segment, 'all') as member, sum(change) as change
    from changes
    group by grouping sets ((metric, day), (metric, day, channel), (metric, day, team), (metric, day, category),
        (metric, day, priority), (metric, day, segment))
),
last_days as (
    select grain, start, max(day) as day
    from periods
    where day >= (select min(created_at)::date from counted where not is_deleted)
    group by grain, start
),
members as (
    select metric, dimension, member
    from (select distinct dimension, member from by_day)
    cross join (values ('backlog'), ('unassigned_backlog')) as metrics (metric)
),
levels as (
    select metric, dimension, member, grain, start,
        sum(change) over (partition by metric, dimension, member order by day) as open
    from (
        select metric, dimension, member, day, null as grain, null::date as start, change from by_day
        union all
        select metric, dimension, member, day, grain, start, 0
        from last_days cross join members
        where grain <> 'day' or dimension = 'all'
    )
)
select metric, grain, start, dimension, member, open, null, null, open, open, null, null, 0
from levels
where grain is not null;
