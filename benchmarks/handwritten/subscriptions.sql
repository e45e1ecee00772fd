-- Recurring revenue, and buyers without a contract.

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
    a.account, coalesce(c.customer, g.customer) as customer,
    coalesce(
        a.account::varchar, 'account ' || s.account_id, coalesce(c.customer, g.customer)::varchar,
        'subscription ' || s.subscription_id
    ) as payer,
    s.product_id, s.currency, s.amount, s.period_start,
    least(
        coalesce(
            s.period_end, case when s.status = 'cancelled' then greatest(s.updated_at, s.period_start) end, 'infinity'
        ),
        lead(s.period_start, 1, 'infinity') over (partition by s.source, s.subscription_id order by s.period_start)
    ) as ended,
    s.status in ('active', 'cancelled') and s.amount > 0 and ended > s.period_start as is_paying
from latest as s
left join accounts as a on s.source = a.source and s.account_id = a.account_id
left join contacts as c on s.source = c.source and s.contact_id = c.contact_id
left join records as g
    on g.record_key = case when c.customer is null then guest(s.source, s.contact_id, null, null) end;

delete from subscriptions where customer in (from test_customers);

-- Who pays: an account is described by the person of its latest subscription, else by its first known member.
create temp table payers as
with named as (
    select payer, any_value(account) as account, max_by(customer, period_start) as customer,
        min(period_start) filter (where is_paying) as first_paid
    from subscriptions
    group by payer
),
members as (
    select a.account, min_by(v.customer, p.customer_id) as customer
    from customers as v
    join accounts as a on v.account = a.record
    join people as p using (customer)
    where not v.is_test
    group by a.account
),
countries as (
    select account, max_by(country, changed_at) as country from accounts group by account
)
select n.payer, n.first_paid, coalesce(n.customer, m.customer) as customer, c.country
from named as n
left join members as m on n.account = m.account
left join countries as c on n.account = c.account
where n.first_paid is not null;

-- What recurs at the end of each month, named by the number of the next.
create temp table held as
select payer, customer, coalesce(product_id, 'unknown') as product, currency, amount,
    unnest(range(
        month_number(period_start::date) + 1, month_number(least(ended, getvariable('cut'))::date) + 1
    )) as month
from subscriptions
where is_paying;

create temp table ends as
with summed as (
    select payer, product, currency, month, sum(amount) as amount,
        (date '2020-01-01' + to_months(month::int))::date - 1 as day
    from held
    group by all
)
select s.*, if(s.currency = 'USD', s.amount, (s.amount::double * r.rate)::decimal(18, 4)) as usd
from summed as s
left join daily_rates as r using (currency, day);

-- part: movements
create temp table movements as
with both_ends as (
    select grain, start, until, payer, coalesce(usd, 0) as opened, 0::decimal(18, 4) as closed,
        0::decimal(18, 4) as closed_now, true as was_there, false as is_there, (usd is null)::int as unpriced
    from spans join ends on month = opening
    union all
    select grain, start, until, payer, 0,
        coalesce(if(e.currency = 'USD', e.usd, coalesce((e.amount::double * r.rate)::decimal(18, 4), e.usd)), 0),
        coalesce(usd, 0), false, true, (usd is null)::int
    from spans
    join ends as e on month = closing
    left join daily_rates as r on e.currency = r.currency and start - 1 = r.day
),
totals as (
    select grain, start, until, payer, sum(opened) as opened, sum(closed) as closed, sum(closed_now) as closed_now,
        bool_or(was_there) as was_there, bool_or(is_there) as is_there, sum(unpriced) as unpriced
    from both_ends
    group by all
)
select t.*, p.first_paid, t.until - p.first_paid::date as tenure, coalesce(v.segment, 'unknown') as segment,
    coalesce(p.country, v.country, 'unknown') as country
from totals as t
join payers as p using (payer)
-- The segment is that of the opening for who was there, else that of the close.
left join customers as v
    on p.customer = v.customer and if(t.was_there, t.start, t.until) > v.valid_from
    and if(t.was_there, t.start, t.until) <= v.valid_to;

insert into headlines
with sums as (
    select grain, start,
        case when segment is not null then 'segment' when country is not null then 'country' else 'all' end as dimension,
        coalesce(segment, country, 'all') as member,
        count(*) as either_n, count(*) filter (where was_there) as start_n, count(*) filter (where is_there) as end_n,
        count(*) filter (where was_there and not is_there) as left_n, sum(unpriced) as unpriced,
        sum(opened)::double as opened, sum(closed_now)::double as mrr,
        coalesce(sum(closed) filter (where not was_there and first_paid >= start), 0)::double as new,
        coalesce(sum(closed) filter (where not was_there and first_paid < start), 0)::double as back,
        coalesce(sum(closed - opened) filter (where was_there and is_there and closed > opened), 0)::double as more,
        coalesce(sum(opened - closed) filter (where was_there and is_there and closed < opened), 0)::double as less,
        coalesce(sum(opened) filter (where not is_there), 0)::double as lost,
        coalesce(sum(least(opened, closed)) filter (where was_there and is_there), 0)::double as kept,
        sum(tenure) filter (where is_there) as tenure,
        list_sort(coalesce(list(tenure) filter (where is_there), [])) as tenures
    from movements
    group by grouping sets ((grain, start), (grain, start, segment), (grain, start, country))
),
amounts as (
    unpivot (
        select grain, start, dimension, member, either_n as n, unpriced, new as new_mrr, back as reactivation_mrr,
            more as expansion_mrr, less as contraction_mrr, lost as churned_mrr
        from sums
    ) on new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr into name metric value amount
),
shares as (
    unpivot (
        select grain, start, dimension, member, start_n as n, left_n as logo_churn_rate,
            start_n - left_n as retention_rate
        from sums
        where start_n > 0
    ) on logo_churn_rate, retention_rate into name metric value good
),
rates as (
    unpivot (
        select grain, start, dimension, member, start_n as n, opened, unpriced, lost + less as gross_mrr_churn_rate,
            lost + less - more as net_mrr_churn_rate, kept as grr, opened + more - less - lost as nrr
        from sums
        where start_n > 0
    ) on gross_mrr_churn_rate, net_mrr_churn_rate, grr, nrr into name metric value amount
)
select metric, grain, start, dimension, member, amount, null, null, n, amount, null, null, unpriced from amounts
union all
select metric, grain, start, dimension, member, good, n, null, n, 100 * good / n, wilson(good, n, -1),
    wilson(good, n, 1), 0
from shares
union all
select metric, grain, start, dimension, member, amount, opened, null, n, 100 * amount / nullif(opened, 0), null, null,
    unpriced
from rates
union all
select 'mrr', grain, start, dimension, member, mrr, null, null, end_n, mrr, null, null, unpriced
from sums
where end_n > 0
union all
select 'mrr', grain, start, 'product', product, sum(usd), null, null, count(distinct payer), sum(usd), null, null,
    count(*) - count(usd)
from spans join ends on month = closing
group by grain, start, product
union all
select 'median_tenure_days', grain, start, dimension, member, tenure, end_n, null, end_n,
    (tenures[(end_n + 1) // 2] + tenures[(end_n + 2) // 2]) / 2,
    tenures[greatest(1, floor((end_n - 1.959963984540054 * sqrt(end_n)) / 2)::bigint)],
    tenures[least(end_n, ceil(1 + (end_n + 1.959963984540054 * sqrt(end_n)) / 2)::bigint)], 0
from sums
where end_n > 0;

-- part: inactivity
insert into headlines
with under_contract as (
    select customer, bit_or(1::hugeint << month) as month_ends from held group by customer
),
active as (
    select s.grain, s.start, coalesce(v.segment, 'unknown') as segment, coalesce(v.country, 'unknown') as country,
        (b.active_at >> s.closing) & 1 = 0 as is_inactive
    from buyers as b
    left join under_contract as c using (customer)
    join spans as s
        on (b.active_at >> s.opening) & 1 = 1 and (coalesce(c.month_ends, 0) >> s.opening) & 1 = 0
    left join customers as v on b.customer = v.customer and s.start > v.valid_from and s.start <= v.valid_to
),
sums as (
    select grain, start,
        case when segment is not null then 'segment' when country is not null then 'country' else 'all' end as dimension,
        coalesce(segment, country, 'all') as member, count(*) as n, count(*) filter (where is_inactive) as good
    from active
    group by grouping sets ((grain, start), (grain, start, segment), (grain, start, country))
)
select 'inactivity_churn_rate', grain, start, dimension, member, good, n, null, n, 100 * good / n, wilson(good, n, -1),
    wilson(good, n, 1), 0
from sums;
