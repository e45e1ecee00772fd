-- Orders, refunds, buyers and their value.

-- part: orders
-- Few keys were delivered twice: ranking all would sort a million rows for them. A file and a row name a row.
create table superseded_orders as
with keys as not materialized (
    select _source_system as source, order_id, updated_at, _load_sequence, _row_number
    from read_parquet(files('orders'), union_by_name = true, hive_partitioning = false)
),
several as (
    select source, order_id from keys group by all having count(*) > 1
)
select _load_sequence, _row_number
from keys semi join several using (source, order_id)
qualify row_number() over (partition by source, order_id
    order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
        _load_sequence desc, _row_number desc) > 1;

create table orders as
with latest as (
    select _source_system as source, order_id, contact_id, email, phone, ordered_at, channel,
        upper(trim(currency)) as currency, net_amount, cost_amount,
        coalesce(status, 'completed') = 'completed' and not coalesce(is_deleted, false) as is_completed
    from read_parquet(files('orders'), union_by_name = true, hive_partitioning = false)
    where ordered_at < getvariable('cut') and (_load_sequence, _row_number) not in (from superseded_orders)
),
known as (
    select o.*, coalesce(c.customer, g.customer) as customer
    from latest as o
    left join contacts as c on o.source = c.source and o.contact_id = c.contact_id
    left join guests as g
        on g.record_key = case when c.customer is null then guest(o.source, o.contact_id, o.email, o.phone) end
)
select o.source, o.order_id, o.is_completed and not coalesce(v.is_test, false) as is_sale, o.ordered_at,
    o.ordered_at::date as day, o.customer, o.channel, v.segment, v.country,
    if(o.currency = 'USD', o.net_amount, (o.net_amount::double * r.rate)::decimal(18, 4)) as amount,
    if(o.currency = 'USD', o.cost_amount, (o.cost_amount::double * r.rate)::decimal(18, 4)) as cost
from known as o
left join customers as v on o.customer = v.customer and o.ordered_at >= v.valid_from and o.ordered_at < v.valid_to
left join daily_rates as r on nullif(o.currency, 'USD') = r.currency and o.ordered_at::date = r.day;

create table refunds as
with latest as (
    select _source_system as source, refund_id, order_id, refunded_at, upper(trim(currency)) as currency, amount
    from read_parquet(files('refunds'), union_by_name = true, hive_partitioning = false)
    where refunded_at < getvariable('cut') and not coalesce(is_deleted, false)
    qualify row_number() over (partition by _source_system, refund_id
        order by coalesce(updated_at < getvariable('cut'), true) desc, updated_at desc nulls last,
            _load_sequence desc, _row_number desc) = 1
)
select r.refunded_at::date as day, o.customer, o.channel, v.segment, v.country,
    if(r.currency = 'USD', r.amount, (r.amount::double * x.rate)::decimal(18, 4)) as amount
from latest as r
left join orders as o on r.source = o.source and r.order_id = o.order_id
left join customers as v on o.customer = v.customer and r.refunded_at >= v.valid_from and r.refunded_at < v.valid_to
left join daily_rates as x on r.currency = x.currency and r.refunded_at::date = x.day
-- A refund counts if its order did, or was never delivered.
where coalesce(o.is_sale, true);

insert into headlines
with cells as (
    select day, channel, segment, country, count(amount) as orders, 0 as refunds, count(*) - count(amount) as unpriced,
        sum(amount) as revenue, sum((amount * amount)::decimal(38, 8)) as squares, 0::decimal(18, 4) as refunded
    from orders
    where is_sale
    group by all
    union all
    select day, channel, segment, country, 0, count(amount), count(*) - count(amount), 0, 0, sum(amount)
    from refunds
    group by all
),
by_day as (
    select day,
        case when grouping(channel) = 0 then 'channel' when grouping(segment) = 0 then 'segment'
            when grouping(country) = 0 then 'country' else 'all' end as dimension,
        case when dimension = 'all' then 'all' else coalesce(channel, segment, country, 'unknown') end as member,
        sum(orders) as orders, sum(refunds) as refunds, sum(unpriced) as unpriced, sum(revenue) as revenue,
        sum(squares) as squares, sum(refunded) as refunded
    from cells
    group by grouping sets ((day), (day, channel), (day, segment), (day, country))
),
sums as (
    select grain, start, dimension, member, sum(orders)::bigint as orders, sum(refunds)::bigint as refunds,
        sum(unpriced)::bigint as unpriced, coalesce(sum(revenue), 0) as revenue,
        coalesce(sum(squares), 0)::double as squares, coalesce(sum(refunded), 0) as refunded
    from by_day join periods using (day)
    where grain <> 'day' or dimension = 'all'
    group by all
)
select 'revenue', grain, start, dimension, member, revenue, null, null, orders, if(orders > 0, revenue, null), null,
    null, unpriced
from sums
where orders + unpriced > 0
union all
select 'net_revenue', grain, start, dimension, member, revenue - refunded, null, null, orders + refunds,
    if(orders + refunds > 0, revenue - refunded, null), null, null, unpriced
from sums
union all
select 'average_order_value', grain, start, dimension, member, revenue, orders, squares, orders,
    revenue::double / nullif(orders, 0), normal(revenue::double, squares, orders, -1),
    normal(revenue::double, squares, orders, 1), unpriced
from sums
where orders + unpriced > 0;

-- part: buyers
set variable margin_ratio = (
    select coalesce((sum(amount) - sum(cost))::double / nullif(sum(amount), 0), 0.3)
    from orders
    where is_sale and amount is not null and cost is not null
);

create table purchase_days as
select customer, day, min(ordered_at) as first_at, sum(amount) as amount,
    sum((amount - coalesce(cost, amount::double * (1 - getvariable('margin_ratio'))))::decimal(18, 4)) as margin
from orders
where is_sale and customer is not null
group by customer, day;

-- Which ends of months see a purchase at most 180 days old.
create table seen_from as
with ends as (
    select start as next_day from spans where grain = 'month' union select until from spans where grain = 'month'
)
select day, bit_or(1::hugeint << month_number(next_day)) as month_ends
from (select distinct day from purchase_days)
join ends on day between next_day - 181 and next_day - 1
group by day;

create table buyers as
with bought as (
    select customer, count(*) as days, min(day, 2) as first_days, max(day) as last_day, min(first_at) as first_at,
        sum(amount) as amount, count(amount) as priced_days, sum(margin) as margin, bit_or(month_ends) as active_at
    from purchase_days left join seen_from using (day)
    group by customer
)
select b.* exclude (first_days), b.first_days[1] as first_day, b.first_days[2] as second_day,
    (b.last_day - first_day) / 7.0 as t_x, (getvariable('as_of') - first_day) / 7.0 as weeks,
    (b.amount - coalesce(f.amount, 0))::double / nullif(b.priced_days - (f.amount is not null)::int, 0) as repeat_mean
from bought as b
join purchase_days as f on b.customer = f.customer and f.day = b.first_days[1];

create table purchase_histories as
select customer_id, days - 1 as x, t_x, weeks as T from buyers join people using (customer);

insert into headlines
with firsts as (
    select s.customer, any_value(b.first_day) as day, arg_min(coalesce(s.channel, 'unknown'), s.order_id) as channel,
        coalesce(any_value(s.segment), 'unknown') as segment, coalesce(any_value(s.country), 'unknown') as country,
        getvariable('as_of') - any_value(b.first_day) >= 365 as is_mature,
        coalesce(any_value(b.second_day) - any_value(b.first_day) <= 365, false) as is_repeat
    from orders as s
    join buyers as b on s.customer = b.customer and s.ordered_at = b.first_at
    where s.is_sale
    group by s.customer
),
by_day as (
    select day,
        case when channel is not null then 'channel' when segment is not null then 'segment'
            when country is not null then 'country' else 'all' end as dimension,
        coalesce(channel, segment, country, 'all') as member,
        count(*) filter (where is_mature and is_repeat) as good, count(*) filter (where is_mature) as n,
        count(*) as rows
    from firsts
    group by grouping sets ((day), (day, channel), (day, segment), (day, country))
),
sums as (
    select grain, start, dimension, member, sum(good) as good, sum(n) as n, sum(rows) - sum(n) as pending
    from by_day join periods using (day)
    where grain not in ('day', 'week')
    group by all
)
select 'repeat_purchase_rate', grain, start, dimension, member, good, n, null, n, 100 * good / nullif(n, 0),
    wilson(good, n, -1), wilson(good, n, 1), pending
from sums;

-- part: best fifth
-- Each customer's revenue by month, then by longer periods; what the best fifth has is what lies above the value that
-- cuts it off, and as often that value as customers are missing to a fifth.
insert into headlines
with by_customer_day as (
    select customer, day, amount from purchase_days where amount is not null
    union all
    select customer, day, -amount from refunds where customer is not null and amount is not null
    union all
    select customer, day, 0 from purchase_days where amount is null
    union all
    select customer, day, 0 from refunds where customer is not null and amount is null
),
by_month as (
    select customer, date_trunc('month', day)::date as month, sum(amount) as amount from by_customer_day group by all
),
by_quarter as (
    select customer, date_trunc('quarter', month)::date as quarter, sum(amount) as amount from by_month group by all
),
by_year as (
    select customer, date_trunc('year', quarter)::date as year, sum(amount) as amount from by_quarter group by all
),
revenues as (
    select 'month' as grain, month as start, greatest(amount, 0)::decimal(18, 4) as revenue from by_month
    union all
    select 'quarter', quarter, greatest(amount, 0) from by_quarter
    union all
    select 'year', year, greatest(amount, 0) from by_year
    union all
    select 'all_time', null, greatest(sum(amount), 0) from by_year group by customer
    union all
    select 'trailing', null, greatest(sum(amount), 0)
    from by_customer_day where day > getvariable('as_of') - 365 group by customer
),
cuts as (
    select grain, start, count(*) as n, sum(revenue) as revenue, quantile_disc(revenue, 0.8) as cut
    from revenues
    group by grain, start
),
tops as (
    select c.grain, c.start, any_value(c.n) as n, any_value(c.revenue)::double as revenue,
        (
            coalesce(sum(r.revenue) filter (where r.revenue > c.cut), 0)
            + (ceil(any_value(c.n) / 5) - count(*) filter (where r.revenue > c.cut))::bigint * any_value(c.cut)
        )::double as best
    from cuts as c
    join revenues as r on c.grain = r.grain and c.start is not distinct from r.start
    group by c.grain, c.start
)
select 'top20_revenue_share', grain, start, 'all', 'all', best, revenue, null, n, 100 * best / nullif(revenue, 0), null,
    null, 0
from tops;

-- part: value
create macro fit(parameter) as getvariable('fits')[parameter];

-- What MBG/NBD expects of a customer who is alive, by purchases and weeks seen: the mean over the chance p of leaving,
-- Beta(a, b + x + 1), of the purchases of 52 weeks, discounted week by week. Summed over even steps of the log-odds of
-- p, where the sum is as good as the integral. As the result is smooth in ln(alpha + weeks), 16 points (of Chebyshev)
-- for each x tell it for all customers, to 10 digits.
create table points as
select k, -(1 - 2 * (k % 2)) * sin((2 * k + 1) * pi() / 32) as weight, cos((2 * k + 1) * pi() / 32) as position,
    exp(ln(fit('mbgnbd.alpha')) + width * (1 + position)) as age
from unnest(range(16)) as points (k)
cross join (select ln(1 + max(weeks) / fit('mbgnbd.alpha')) / 2 as width from buyers);

create table forecasts as
with nodes as (
    select x, 1 / (1 + exp(-log_odds)) as p,
        fit('mbgnbd.a') * log_odds - (fit('mbgnbd.a') + fit('mbgnbd.b') + x + 1) * ln(1 + exp(log_odds)) as log_weight
    from (select distinct days - 1 as x from buyers)
    cross join (select unnest(range(-120, 30)) / 3 as log_odds)
),
weights as (
    select x, p, exp(log_weight - max(log_weight) over (partition by x)) as weight
    from nodes
    qualify weight > 1e-12
),
-- Summed by parts: of what is bought until the end of a week counts what its discount loses against the next.
discounts as (
    select week, 1.1 ** (-week / 52) - if(week < 52, 1.1 ** (-(week + 1) / 52), 0) as discount
    from unnest(range(1, 53)) as weeks (week)
),
at_points as (
    select x, k,
        sum(w.weight / p * discount * (1 - exp(-(fit('mbgnbd.r') + x) * ln(1 + p * week / age)))) * 52 / sum(w.weight)
        as purchases
    from weights as w
    cross join points
    cross join discounts
    group by x, k
)
select s.x, s.weeks,
    sum(p.weight / (s.position - p.position) * a.purchases) / sum(p.weight / (s.position - p.position)) as purchases
from (
    select distinct days - 1 as x, weeks,
        2 * ln(1 + weeks / fit('mbgnbd.alpha')) / ln(1 + max(weeks) over () / fit('mbgnbd.alpha')) - 1 as position
    from buyers
) as s
join at_points as a using (x)
join points as p using (k)
group by s.x, s.weeks;

insert into headlines
with refunded as (
    select customer, sum(amount) as amount from refunds where customer is not null group by customer
),
scored as (
    select coalesce(v.segment, 'unknown') as segment, coalesce(v.country, 'unknown') as country,
        b.days - 1 as x, coalesce(b.repeat_mean, 0) as mean, if(b.repeat_mean is null, 0, x) as repeats,
        (coalesce(b.margin, 0) - coalesce(r.amount, 0))::double as clv_historic,
        1 / (1 + exp(
            ln(fit('mbgnbd.a')) - ln(fit('mbgnbd.b') + x)
            + (fit('mbgnbd.r') + x) * (ln(fit('mbgnbd.alpha') + b.weeks) - ln(fit('mbgnbd.alpha') + b.t_x))
        )) as p_alive,
        (
            p_alive * f.purchases * getvariable('margin_ratio')
            * fit('gamma_gamma.p') * (fit('gamma_gamma.v') + repeats * greatest(mean, 0))
            / (fit('gamma_gamma.p') * repeats + fit('gamma_gamma.q') - 1)
        )::decimal(18, 4)::double as clv_expected
    from buyers as b
    join forecasts as f on b.days - 1 = f.x and b.weeks = f.weeks
    left join refunded as r on b.customer = r.customer
    left join customers as v on b.customer = v.customer and v.valid_to = 'infinity'
    where not coalesce(v.is_deleted, false)
),
long as (
    unpivot scored on clv_historic, clv_expected, p_alive into name metric value value
),
sums as (
    select metric,
        case when segment is not null then 'segment' when country is not null then 'country' else 'all' end
        as dimension,
        coalesce(segment, country, 'all') as member, count(*) as n, sum(value) as total, sum(value * value) as squares
    from long
    group by grouping sets ((metric), (metric, segment), (metric, country))
)
select metric, 'all_time', null, dimension, member, total, n, squares, n, total / n, normal(total, squares, n, -1),
    normal(total, squares, n, 1), 0
from sums;
