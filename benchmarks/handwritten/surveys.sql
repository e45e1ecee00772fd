-- Answers and invitations.

-- part: surveys
create table surveys as
select distinct _source_system as source, survey_id, programme, nullif(trim(touchpoint), '') as touchpoint
from read_parquet(files('surveys'), union_by_name = true, hive_partitioning = false);

-- One wording per version tells its scale; thresholds are meant after turning.
create table questions as
select _source_system as source, question_id, version, metric,
    coalesce(direction, 'high_good') = 'low_good' as is_turned,
    coalesce(scale_min, case metric when 'nps' then 0 when 'fcr' then 0 else 1 end) as lowest,
    coalesce(scale_max, case metric when 'nps' then 10 when 'csat' then 5 when 'ces' then 7 else 1 end) as highest,
    greatest(1, floor(3 * (highest - lowest + 1) / 7)) as easy_boxes,
    coalesce(satisfied_from, if(metric = 'ces', highest - easy_boxes + 1, greatest(highest, lowest + 2) - 1))
    as satisfied_from,
    concat(lowest::int, '-', highest::int) as scale
from read_parquet(files('survey_questions'), union_by_name = true, hive_partitioning = false)
where metric in ('nps', 'csat', 'ces', 'fcr')
qualify row_number() over (partition by _source_system, question_id, version order by language) = 1;

create table responses as
with latest as (
    select _source_system as source, response_id, survey_id, invitation_id, contact_id, account_id, email, phone,
        channel, touchpoint, responded_at, coalesce(is_complete, true) as is_complete,
        coalesce(is_test, false) as is_test
    from read_parquet(files('survey_responses'), union_by_name = true, hive_partitioning = false)
    where responded_at < getvariable('cut') and not coalesce(is_deleted, false)
    qualify row_number() over (partition by _source_system, response_id
        order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
            _load_sequence desc, _row_number desc) = 1
)
select r.*, coalesce(c.customer, g.customer) as customer
from latest as r
left join contacts as c on r.source = c.source and r.contact_id = c.contact_id
left join guests as g
    on g.record_key = case when c.customer is null then guest(r.source, r.contact_id, r.email, r.phone) end;

create table superseded_invitations as
with keys as not materialized (
    select _source_system as source, invitation_id, updated_at, _load_sequence, _row_number
    from read_parquet(files('survey_invitations'), union_by_name = true, hive_partitioning = false)
),
several as (
    select source, invitation_id from keys group by all having count(*) > 1
)
select _load_sequence, _row_number
from keys semi join several using (source, invitation_id)
qualify row_number() over (partition by source, invitation_id
    order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
        _load_sequence desc, _row_number desc) > 1;

create table invitations as
with latest as (
    select _source_system as source, invitation_id, survey_id, contact_id, email, channel, touchpoint, sent_at,
        delivered_at, opened_at, started_at, completed_at, bounced_at
    from read_parquet(files('survey_invitations'), union_by_name = true, hive_partitioning = false)
    where sent_at < getvariable('cut') and not coalesce(is_deleted, false)
        and (_load_sequence, _row_number) not in (from superseded_invitations)
),
answered as (
    select source, invitation_id, bool_or(is_complete) as is_completed, bool_or(is_test) as is_test
    from responses
    where invitation_id is not null
    group by all
),
reports as (
    select source, survey_id, count(delivered_at) > 0 as delivery from latest group by all
)
select i.source, i.invitation_id, i.survey_id, i.channel, coalesce(i.touchpoint, s.touchpoint) as touchpoint, i.sent_at,
    coalesce(c.customer, g.customer) as customer, coalesce(a.is_test, false) as is_test,
    a.is_completed or coalesce(i.completed_at < getvariable('cut'), false) as is_completed,
    a.source is not null or least(i.started_at, i.completed_at) < getvariable('cut') as is_started,
    is_started or coalesce(least(i.delivered_at, i.opened_at) < getvariable('cut'), false)
    or not r.delivery and i.bounced_at is null as is_delivered
from latest as i
join reports as r on i.source = r.source and i.survey_id = r.survey_id
left join surveys as s on i.source = s.source and i.survey_id = s.survey_id
left join answered as a on i.source = a.source and i.invitation_id = a.invitation_id
left join contacts as c on i.source = c.source and i.contact_id = c.contact_id
left join guests as g
    on g.record_key = case when c.customer is null then guest(i.source, i.contact_id, i.email, null) end;

create table answers as
with latest as (
    select _source_system as source, response_id, question_id, question_version, value_number
    from read_parquet(files('survey_answers'), union_by_name = true, hive_partitioning = false)
    where value_number is not null and not coalesce(is_deleted, false)
    qualify row_number() over (partition by _source_system, response_id, question_id
        order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
            _load_sequence desc, _row_number desc) = 1
),
known as (
    select r.*, coalesce(r.customer, i.customer) as person, coalesce(r.channel, i.channel) as known_channel,
        coalesce(nullif(trim(r.touchpoint), ''), i.touchpoint, s.touchpoint, 'unknown') as known_touchpoint, s.programme
    from responses as r
    left join invitations as i on r.source = i.source and r.invitation_id = i.invitation_id
    left join surveys as s on r.source = s.source and r.survey_id = s.survey_id
    where r.is_complete and not r.is_test
)
select q.metric, q.lowest, q.highest, q.satisfied_from, q.easy_boxes, q.scale, r.programme, r.response_id,
    r.responded_at, r.responded_at::date as day, coalesce(r.person::varchar, r.response_id) as person,
    coalesce(r.known_channel, 'unknown') as channel, r.known_touchpoint as touchpoint, r.survey_id as survey,
    coalesce(v.segment, 'unknown') as segment, coalesce(v.country, 'unknown') as country,
    coalesce(o.account, a.account) as account,
    if(q.is_turned, q.lowest + q.highest - l.value_number, l.value_number) as score
from latest as l
join known as r using (source, response_id)
join questions as q
    on l.source = q.source and l.question_id = q.question_id and coalesce(l.question_version, q.version) = q.version
left join customers as v
    on r.person = v.customer and r.responded_at >= v.valid_from and r.responded_at < v.valid_to
left join accounts as o on r.source = o.source and r.account_id = o.account_id
left join accounts as a on v.account = a.record
where l.value_number between q.lowest and q.highest
    and (r.person is null or r.person not in (from test_customers));

-- part: latest answers
-- An answer is a person's latest of a period if the person's next one comes after the period: one ranking serves all
-- periods.
create table latest_answers as
with by_metric as (
    select *,
        case
            when metric = 'fcr' then 'fcr_reported'
            when scale = '0-10' and programme = 'relational' then 'nps'
            when scale = '0-10' and programme = 'transactional' then 'nps_transactional'
            when programme = 'relational' then 'nps_other_scale'
        end as counted_as
    from answers
    where metric in ('nps', 'fcr')
),
followed as (
    select *, lead(day) over (partition by counted_as, person, if(counted_as = 'nps_transactional', touchpoint, '')
        order by responded_at, response_id) as next_day
    from by_metric
    where counted_as is not null
    union all
    select * replace ('nps_scale_1_10' as counted_as), lead(day) over (partition by person
        order by responded_at, response_id)
    from by_metric
    where counted_as = 'nps_other_scale' and scale = '1-10'
)
select counted_as as metric, grain, start, until, channel, touchpoint, survey, segment, country, scale, account,
    case when metric = 'fcr' then score = 1 when score >= highest - 1 then true end as is_good,
    score < highest - 3 as is_bad
from followed join periods using (day)
where coalesce(next_day >= until, true) and (grain <> 'trailing' or responded_at > getvariable('as_of') - 364);

insert into headlines
with cells as (
    select metric, grain, start, channel, touchpoint, survey, segment, country, scale, count(*) as n,
        count(*) filter (where is_good) as good, count(*) filter (where is_bad) as bad
    from latest_answers
    group by all
),
sums as (
    select metric, grain, start,
        case when channel is not null then 'channel' when touchpoint is not null then 'touchpoint'
            when survey is not null then 'survey' when segment is not null then 'segment'
            when country is not null then 'country' when grouping(scale) = 0 then 'scale' else 'all' end as dimension,
        coalesce(channel, touchpoint, survey, segment, country, if(dimension = 'scale', scale, 'all')) as member,
        sum(n) as n, sum(good) as good, sum(bad) as bad,
        if(metric <> 'nps_other_scale' or min(cells.scale) = max(cells.scale), 1, null) as one_scale
    from cells
    group by grouping sets ((metric, grain, start), (metric, grain, start, channel), (metric, grain, start, touchpoint),
        (metric, grain, start, survey), (metric, grain, start, segment), (metric, grain, start, country),
        (metric, grain, start, scale))
)
select metric, grain, start, dimension, member, one_scale * (good - bad), n, one_scale * (good + bad), n,
    one_scale * 100 * (good - bad) / n, one_scale * net_wald(good, bad, n, -1), one_scale * net_wald(good, bad, n, 1), 0
from sums
where metric <> 'fcr_reported' and (grain <> 'day' or dimension = 'all')
    and (metric = 'nps_other_scale' or dimension <> 'scale')
union all
select metric, grain, start, dimension, member, good, n, null, n, 100 * good / n, wilson(good, n, -1),
    wilson(good, n, 1), 0
from sums
where metric = 'fcr_reported' and (grain <> 'day' or dimension = 'all') and dimension <> 'scale';

-- part: weighted scores
create table first_facts_of_guests as
with facts as (
    select _source_system as source, contact_id, email, phone, ordered_at as happened_at
    from read_parquet(files('orders'), union_by_name = true, hive_partitioning = false)
    union all
    select _source_system, requester_id, requester_email, requester_phone, created_at
    from read_parquet(files('tickets'), union_by_name = true, hive_partitioning = false)
    union all
    select source, contact_id, email, phone, responded_at from responses
    union all
    select _source_system, contact_id, email, null, sent_at
    from read_parquet(files('survey_invitations'), union_by_name = true, hive_partitioning = false)
    union all
    select _source_system, contact_id, null, null, period_start
    from read_parquet(files('subscriptions'), union_by_name = true, hive_partitioning = false)
    union all
    select _source_system, contact_id, email, null, created_at
    from read_parquet(files('carts'), union_by_name = true, hive_partitioning = false)
    union all
    select _source_system, contact_id, null, null, created_at
    from read_parquet(files('opportunities'), union_by_name = true, hive_partitioning = false)
    union all
    select _source_system, contact_id, email, phone, started_at
    from read_parquet(files('interactions'), union_by_name = true, hive_partitioning = false)
)
select guest(source, contact_id, email, phone) as record_key, min(happened_at) as first_at
from facts anti join contacts using (source, contact_id)
where happened_at < getvariable('cut')
group by record_key;

insert into headlines
with scores as (
    select grain, start, least(until, getvariable('cut')::date) as until, account, segment, survey,
        100 * is_good::int - 100 * is_bad::int as score
    from (select * replace (coalesce(is_good, false) as is_good) from latest_answers)
    where metric = 'nps' and grain not in ('day', 'week')
),
by_account as (
    select grain, start, until, account, avg(score) as score from scores where account is not null group by all
),
revenues as (
    select p.account, e.month, sum(e.usd)::double as weight
    from ends as e
    join payers as p using (payer)
    where p.account is not null
    group by all
    having weight > 0
),
weighted as (
    select grain, start, count(*) as n, sum(weight * score) as total, sum(weight) as weights,
        sum(weight * score * score) as squares, total / weights as value,
        sum(weight * weight) as w2, sum(weight * weight * score) as w2_score,
        sum(weight * weight * score * score) as w2_squares,
        if(
            n > 1, sqrt(greatest(w2_squares - 2 * value * w2_score + value * value * w2, 0) * n / (n - 1)) / weights,
            null
        ) as error
    from by_account as a
    join revenues as r on a.account = r.account and r.month = month_number(a.until)
    group by grain, start
),
by_segment as (
    select grain, start, until, segment, count(*) as n, sum((score > 0)::int) as good, sum((score < 0)::int) as bad
    from scores
    group by all
),
-- Customers at the close of a period: since their record, or the first fact that names a guest, whichever is earlier.
-- Who has a record without a date always was one.
since as (
    select customer, if(count(known_at) = count(*), min(known_at), null) as created_at
    from (
        select customer, created_at as known_at from contact_versions
        union all
        select g.customer, f.first_at
        from guests as g join first_facts_of_guests as f using (record_key)
    )
    group by customer
),
population as (
    select coalesce(v.segment, 'unknown') as segment,
        greatest(v.valid_from, s.created_at)::date as joined, v.valid_to::date as left_on
    from customers as v
    left join since as s using (customer)
    where coalesce(v.stage, 'customer') = 'customer' and not v.is_test and not v.is_deleted
        and greatest(v.valid_from, s.created_at) < v.valid_to
    union all
    select 'unknown', s.created_at::date, 'infinity'::date
    from since as s anti join customers using (customer)
    join people using (customer)
    where customer_id like 'c%'
),
sizes as (
    select b.until, p.segment, count(*) as customers
    from (select distinct until from by_segment) as b
    join population as p on p.joined < b.until and p.left_on >= b.until
    group by all
),
-- Whom surveys speak for as the business counts it, by segment: it weighs periods all of whose surveys say so.
stated as (
    select survey_id as survey, period_start as start, trim(member) as segment, population_n
    from read_parquet(files('survey_populations'), union_by_name = true, hive_partitioning = false)
    where lower(trim(dimension)) = 'segment' and period_start <= getvariable('as_of')
        and survey_id in (select survey_id from surveys)
    qualify row_number() over (partition by _source_system, survey_id, period_start, dimension, member
        order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
            _load_sequence desc, _row_number desc) = 1
),
asked as (
    select distinct grain, start, survey from scores
),
stated_periods as (
    select a.grain, a.start
    from asked as a
    left join (select survey, start from stated group by all having sum(population_n) > 0) as s
        on a.survey = s.survey and a.start = s.start
    group by a.grain, a.start
    having count(s.survey) = count(*)
),
stated_sizes as (
    select grain, start, segment, sum(population_n) as customers
    from asked join stated_periods using (grain, start) join stated using (survey, start)
    group by all
    having customers > 0
),
weighed as (
    select grain, start, n, good, bad, customers
    from by_segment join sizes using (until, segment) anti join stated_periods using (grain, start)
    union all
    select grain, start, n, good, bad, customers from by_segment join stated_sizes using (grain, start, segment)
),
stratified as (
    select grain, start, sum(n) as n, sum(customers * 100 * (good - bad) / n) as total, sum(customers) as customers,
        sqrt(sum((customers * 100) ** 2 * ((good + bad + 1.5) / (n + 3) - ((good - bad) / (n + 3)) ** 2) / (n + 3)))
        / sum(customers) as error
    from weighed
    group by grain, start
)
select 'nps_account_mean', grain, start, 'all', 'all', sum(score), count(*), sum(score * score), count(*), avg(score),
    if(count(*) > 1, greatest(-100, normal(sum(score), sum(score * score), count(*), -1)), null),
    if(count(*) > 1, least(100, normal(sum(score), sum(score * score), count(*), 1)), null), 0
from by_account
group by grain, start
union all
select 'nps_revenue_weighted', grain, start, 'all', 'all', total, weights, squares, n, value,
    if(n > 1, greatest(-100, value - 1.959963984540054 * error), null),
    if(n > 1, least(100, value + 1.959963984540054 * error), null), 0
from weighted
union all
select 'nps_poststratified', grain, start, 'all', 'all', total, customers, null, n, total / customers,
    greatest(-100, total / customers - 1.959963984540054 * error),
    least(100, total / customers + 1.959963984540054 * error), 0
from stratified;

-- part: ratings
insert into headlines
with cells as (
    select metric, day, channel, touchpoint, survey, segment, country, scale, count(*) as n,
        count(*) filter (where score >= satisfied_from) as satisfied,
        count(*) filter (where score >= highest - 1) as top,
        count(*) filter (where score <= lowest + easy_boxes - 1) as low,
        sum(score) as total, sum(score * score) as squares
    from answers
    where metric in ('csat', 'ces')
    group by all
),
by_day as (
    select metric, day,
        case when channel is not null then 'channel' when touchpoint is not null then 'touchpoint'
            when survey is not null then 'survey' when segment is not null then 'segment'
            when country is not null then 'country' when grouping(scale) = 0 then 'scale' else 'all' end as dimension,
        coalesce(channel, touchpoint, survey, segment, country, if(dimension = 'scale', scale, 'all')) as member,
        sum(n) as n, sum(satisfied) as satisfied, sum(top) as top, sum(low) as low, sum(total) as total,
        sum(squares) as squares, min(cells.scale) as first_scale, max(cells.scale) as last_scale
    from cells
    group by grouping sets ((metric, day), (metric, day, channel), (metric, day, touchpoint), (metric, day, survey),
        (metric, day, segment), (metric, day, country), (metric, day, scale))
),
sums as (
    select metric, grain, start, dimension, member, sum(n)::bigint as n, sum(satisfied)::bigint as satisfied,
        sum(top)::bigint as top, sum(low)::bigint as low, sum(total) as total, sum(squares) as squares,
        if(min(first_scale) = max(last_scale), 1, null) as one_scale
    from by_day join periods using (day)
    where grain <> 'day' or dimension = 'all'
    group by all
)
select metric, grain, start, dimension, member, satisfied, n, null, n, 100 * satisfied / n, wilson(satisfied, n, -1),
    wilson(satisfied, n, 1), 0
from sums
where dimension <> 'scale'
union all
select metric || '_mean', grain, start, dimension, member, one_scale * total, n, one_scale * squares, n,
    one_scale * total / n, one_scale * normal(total, squares, n, -1), one_scale * normal(total, squares, n, 1), 0
from sums
union all
select 'ces_net', grain, start, dimension, member, top - low, n, top + low, n, 100 * (top - low) / n,
    net_wald(top, low, n, -1), net_wald(top, low, n, 1), 0
from sums
where metric = 'ces' and dimension <> 'scale';

-- part: invitations
insert into headlines
with cells as (
    select sent_at::date as day, coalesce(i.channel, 'unknown') as channel,
        coalesce(i.touchpoint, 'unknown') as touchpoint, i.survey_id as survey,
        coalesce(v.segment, 'unknown') as segment, coalesce(v.country, 'unknown') as country,
        count(*) filter (where is_delivered) as delivered, count(*) filter (where is_started) as started,
        count(*) filter (where is_completed) as completed
    from invitations as i
    left join customers as v on i.customer = v.customer and i.sent_at >= v.valid_from and i.sent_at < v.valid_to
    where not i.is_test and (i.customer is null or i.customer not in (from test_customers))
    group by all
),
by_day as (
    select day,
        case when channel is not null then 'channel' when touchpoint is not null then 'touchpoint'
            when survey is not null then 'survey' when segment is not null then 'segment'
            when country is not null then 'country' else 'all' end as dimension,
        coalesce(channel, touchpoint, survey, segment, country, 'all') as member,
        sum(delivered) as delivered, sum(started) as started, sum(completed) as completed
    from cells
    group by grouping sets ((day), (day, channel), (day, touchpoint), (day, survey), (day, segment), (day, country))
),
sums as (
    select grain, start, dimension, member, sum(delivered)::bigint as delivered, sum(started)::bigint as started,
        sum(completed)::bigint as completed
    from by_day join periods using (day)
    where grain <> 'day' or dimension = 'all'
    group by all
)
select 'survey_response_rate', grain, start, dimension, member, completed, delivered, null, delivered,
    100 * completed / delivered, wilson(completed, delivered, -1), wilson(completed, delivered, 1), 0
from sums
where delivered > 0
union all
select 'survey_completion_rate', grain, start, dimension, member, completed, started, null, started,
    100 * completed / started, wilson(completed, started, -1), wilson(completed, started, 1), 0
from sums
where started > 0;
