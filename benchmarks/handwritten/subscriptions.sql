-- Recurring revenue, and buyers without a contract.

-- part: subscriptions
create table subscriptions as
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
    ) as name,
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
left join guests as g
    on g.record_key = case when c.customer is null then guest(s.source, s.contact_id, null, null) end;

delete from subscriptions where customer in (from test_customers);

-- Who pays: an account is described by the person of its latest subscription, else by its first known member.
create table payers as
with named as (
    select name, any_value(account) as account, max_by(customer, period_start) as customer,
        min(period_start) filter (where is_paying) as first_paid
    from subscriptions
    group by name
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
select row_number() over () as payer, n.name, n.account, n.first_paid, coalesce(n.customer, m.customer) as customer,
    c.country
from named as n
left join members as m on n.account = m.account
left join countries as c on n.account = c.account
where n.first_paid is not null;

-- What recurs at the end of each month, named by the number of the next.
create table held as
select p.payer, s.customer, coalesce(s.product_id, 'unknown') as product, s.currency, s.amount,
    unnest(range(
        month_number(s.period_start::date) + 1, month_number(least(s.ended, getvariable('cut'))::date) + 1
    )) as month
from subscriptions as s
join payers as p using (name)
where s.is_paying;

create table ends as
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
-- Both ends at the rate of the opening (`closed`), the close also at its own (`closed_now`).
create table movements as
with both_ends as (
    select span, payer, coalesce(usd, 0) as opened, null as closed, null as closed_now, usd is null as unpriced
    from spans join ends on month = opening
    union all
    select span, payer, null,
        coalesce(if(e.currency = 'USD', e.usd, coalesce((e.amount::double * r.rate)::decimal(18, 4), e.usd)), 0),
        coalesce(usd, 0), usd is null
    from spans
    join ends as e on month = closing
    left join daily_rates as r on nullif(e.currency, 'USD') = r.currency and start - 1 = r.day
),
totals as (
    select span, payer, sum(opened) as opened, sum(closed) as closed, sum(closed_now) as closed_now,
        count(*) filter (where unpriced) as unpriced
    from both_ends
    group by span, payer
)
select s.grain, s.start, t.opened, t.closed, t.closed_now, t.unpriced, p.first_paid < s.start as has_paid,
    s.until - p.first_paid::date as tenure, coalesce(v.segment, 'unknown') as segment,
    coalesce(p.country, v.country, 'unknown') as country
from totals as t
join spans as s using (span)
join payers as p using (payer)
-- The segment is that of the opening for who was there, else that of the close.
left join customers as v
    on p.customer = v.customer and if(t.opened is null, s.until, s.start) > v.valid_from
    and if(t.opened is null, s.until, s.start) <= v.valid_to;

insert into headlines
with cells as (
    select grain, start, segment, country, count(*) as either_n, count(opened) as start_n, count(closed) as end_n,
        count(*) filter (where closed is null) as left_n, sum(unpriced) as unpriced,
        sum(opened) as opened, sum(closed_now) as mrr,
        sum(closed) filter (where opened is null and not has_paid) as new,
        sum(closed) filter (where opened is null and has_paid) as back,
        sum(closed - opened) filter (where closed > opened) as more,
        sum(opened - closed) filter (where closed < opened) as less,
        sum(opened) filter (where closed is null) as lost,
        sum(tenure) filter (where closed is not null) as tenure,
        list(tenure) filter (where closed is not null) as tenures
    from movements
    group by grain, start, segment, country
),
sums as (
    select grain, start,
        case when segment is not null then 'segment' when country is not null then 'country' else 'all' end
        as dimension,
        coalesce(segment, country, 'all') as member, sum(either_n)::bigint as either_n, sum(start_n)::bigint as start_n,
        sum(end_n)::bigint as end_n, sum(left_n)::bigint as left_n, sum(unpriced)::bigint as unpriced,
        coalesce(sum(opened), 0)::double as opened, coalesce(sum(mrr), 0)::double as mrr,
        coalesce(sum(new), 0)::double as new, coalesce(sum(back), 0)::double as back,
        coalesce(sum(more), 0)::double as more, coalesce(sum(less), 0)::double as less,
        coalesce(sum(lost), 0)::double as lost, sum(tenure) as tenure,
        list_sort(flatten(list(tenures) filter (where tenures is not null))) as tenures
    from cells
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
            lost + less - more as net_mrr_churn_rate, opened - less - lost as grr, opened + more - less - lost as nrr
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
-- Buyers with the same past in the same cell count together.
pasts as (
    select b.active_at, coalesce(c.month_ends, 0) as paid_at, v.valid_from, v.valid_to,
        coalesce(v.segment, 'unknown') as segment, coalesce(v.country, 'unknown') as country, count(*) as buyers
    from buyers as b
    left join under_contract as c using (customer)
    left join customers as v using (customer)
    group by all
),
cells as (
    select grain, start, segment, country, sum(buyers) as n,
        coalesce(sum(buyers) filter (where (active_at >> closing) & 1 = 0), 0) as good
    from pasts
    join spans
        on (active_at >> opening) & 1 = 1 and (paid_at >> opening) & 1 = 0
        and coalesce(start > valid_from and start <= valid_to, true)
    group by grain, start, segment, country
),
sums as (
    select grain, start,
        case when segment is not null then 'segment' when country is not null then 'country' else 'all' end
        as dimension,
        coalesce(segment, country, 'all') as member, sum(n)::bigint as n, sum(good)::bigint as good
    from cells
    group by grouping sets ((grain, start), (grain, start, segment), (grain, start, country))
)
select 'inactivity_churn_rate', grain, start, dimension, member, good, n, null, n, 100 * good / n, wilson(good, n, -1),
    wilson(good, n, 1), 0
from sums;
