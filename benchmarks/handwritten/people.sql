-- The headline numbers of marts.metric_values (every metric, period and member in which something happened), straight
-- from the lake's Parquet files, as an analyst would write them by hand for the demo company (days in UTC, money in
-- USD, every survey row names its channel, 126 months at most): no layers, no history tables, no tests. It is the
-- yardstick of the benchmark and an independent check: it shares no code with dbt_project.
--
-- The files run in the order of handwritten.FIELDS; each may use the tables of those before it. Parameters (DuckDB
-- variables): lake, as_of, fits (fitted parameters of the value models, by 'model.parameter'). Results: headlines (as
-- metric_values) and purchase_histories (customer_id, x, t_x, T). A line `-- part: <name>` starts a part that is timed
-- alone.
--
-- This file has what all fields share: the periods, the intervals, and who is who.

-- part: periods
set variable cut = getvariable('as_of') + interval 1 day;

create table periods as
with days as (
    select unnest(generate_series(date '2020-01-01', getvariable('as_of'), interval 1 day))::date as day
),
calendar as (
    select day, grain, date_trunc(grain, day)::date as start, step
    from days
    cross join (
        values ('day', interval 1 day), ('week', interval 7 day), ('month', interval 1 month),
            ('quarter', interval 3 month), ('year', interval 1 year)
    ) as grains (grain, step)
)
select day, grain, start, (start + step)::date as until from calendar
union all
select day, 'all_time', null, 'infinity'::date from days
union all
select day, 'trailing', null, 'infinity'::date from days where day > getvariable('as_of') - 365;

-- The complete months, quarters and years. Their ends are numbered by months, so that a set of them fits in one number.
create macro month_number(day) as datediff('month', date '2020-01-01', day);

create table spans as
select row_number() over () as span, grain, start, until, month_number(start) as opening,
    month_number(until) as closing
from (select distinct grain, start, until from periods)
where grain in ('month', 'quarter', 'year') and until <= getvariable('cut');

-- Intervals (95 %): Wilson for shares, adjusted Wald for net scores, normal for means.
create macro wilson(good, n, side) as case when n > 0 then least(100, greatest(0,
    100 * (good + 1.9207294103470618 + side * 1.959963984540054 * sqrt(good * (n - good) / n + 0.9603647051735309))
    / (n + 3.8414588206941236)
)) end;
create macro net_wald(good, bad, n, side) as case when n > 0 then least(100, greatest(-100,
    100 * (
        good - bad + side * 1.959963984540054 * sqrt(greatest(good + bad + 1.5 - (good - bad) ** 2 / (n + 3), 0))
    ) / (n + 3)
)) end;
create macro normal(total, squares, n, side) as case when n > 1 then
    -- The published sums are of values rounded to ten decimals: less spread than that is none.
    total / n + side * 1.959963984540054 * sqrt(if(
        squares - total * total / n > (2 * abs(total) + n) * 1e-10, squares - total * total / n, 0
    ) / (n - 1) / n)
end;

create table headlines (
    metric varchar, grain varchar, start date, dimension varchar, member varchar, numerator double, denominator double,
    sum_squares double, n bigint, value double, value_low double, value_high double, pending_n bigint
);

-- part: people
create macro files(entity) as getvariable('lake') || '/raw/*/' || entity || '/*/*.parquet';
create macro email_of(x) as case
    when regexp_matches(lower(trim(x)), '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$') then lower(trim(x))
end;
create macro guest(source, contact, email, phone) as md5(source || '|guests|' || md5(
    source || '|' || coalesce(contact, '~null~') || '|' || coalesce(email_of(email), '~null~') || '|'
    || coalesce(nullif(trim(phone), ''), '~null~')));

create table registry as
select record_key, max_by(cluster_id, assigned_at) as cluster_id
from read_parquet(getvariable('lake') || '/identity/registry/*.parquet')
group by record_key;

-- Clusters get numbers: they are joined and counted a million times.
create table people as
select cluster_id as customer_id, row_number() over () as customer
from (select distinct cluster_id from registry);

create table records as
select record_key, customer from registry join people on cluster_id = customer_id;

create table contact_versions as
with delivered as not materialized (
    select _source_system as source, contact_id, md5(_source_system || '|contacts|' || contact_id) as record_key,
        coalesce(updated_at, _loaded_at) as changed_at, segment, upper(country) as country, lifecycle_stage,
        _source_system || '|accounts|' || account_id as account, created_at, coalesce(is_test, false) as is_test,
        coalesce(is_deleted, false) as is_deleted, _load_sequence as load, _row_number as row
    from read_parquet(files('contacts'), union_by_name = true, hive_partitioning = false)
),
several as (
    select record_key from delivered group by record_key having count(*) > 1
),
-- Later versions do not exist, unless there is no other; of those of one instant the last delivery holds.
known as (
    select *, 1 as version, 'infinity'::timestamptz as valid_to from delivered anti join several using (record_key)
    union all
    select *, row_number() over life, lead(changed_at, 1, 'infinity') over life
    from (
        select *
        from delivered semi join several using (record_key)
        qualify row_number() over (partition by record_key, changed_at order by load desc, row desc) = 1
            and (
                changed_at < getvariable('cut')
                or row_number() over (partition by record_key order by changed_at) = 1
            )
    )
    window life as (partition by record_key order by changed_at)
)
select known.* exclude (version, load, row), customer,
    case when version = 1 then '-infinity' else changed_at end::timestamptz as valid_from
from known
join records using (record_key);

create table contacts as
select source, contact_id, customer, is_test from contact_versions where valid_to = 'infinity';

-- Facts whose contact nobody knows belong to the guest of that e-mail or phone.
create table guests as select record_key, customer from records anti join contact_versions using (record_key);

-- One test record makes a test customer.
create table test_customers as select distinct customer from contacts where is_test;

-- Of each attribute the value of the most recently changed record that has one; a version per change of any record.
create table customers as
with starts as (
    select distinct customer, valid_from from contact_versions
),
lives as (
    select customer, valid_from,
        lead(valid_from, 1, 'infinity') over (partition by customer order by valid_from) as valid_to
    from starts
    semi join (select customer from starts group by customer having count(*) > 1) using (customer)
    union all
    select customer, any_value(valid_from), 'infinity'::timestamptz from starts group by customer having count(*) = 1
)
select s.customer, s.valid_from, s.valid_to,
    max_by(v.segment, (v.changed_at, v.record_key)) filter (where v.segment is not null) as segment,
    max_by(v.country, (v.changed_at, v.record_key)) filter (where v.country is not null) as country,
    max_by(v.account, (v.changed_at, v.record_key)) filter (where v.account is not null) as account,
    max_by(v.lifecycle_stage, (v.changed_at, v.record_key)) filter (where v.lifecycle_stage is not null) as stage,
    coalesce(s.customer in (from test_customers), false) as is_test, bool_and(v.is_deleted) as is_deleted
from lives as s
join contact_versions as v on s.customer = v.customer and s.valid_from >= v.valid_from and s.valid_from < v.valid_to
group by all;

create table accounts as
select a._source_system as source, a.account_id, a._source_system || '|accounts|' || a.account_id as record,
    r.customer as account, upper(a.country) as country, coalesce(a.updated_at, a._loaded_at) as changed_at
from read_parquet(files('accounts'), union_by_name = true, hive_partitioning = false) as a
join records as r on r.record_key = md5(a._source_system || '|accounts|' || a.account_id)
qualify row_number() over (partition by a._source_system, a.account_id
    order by coalesce(a.updated_at < getvariable('cut'), true) desc, a.updated_at desc nulls last,
        a._load_sequence desc, a._row_number desc) = 1;

create table rates as
select upper(trim(from_currency)) as currency, rate_date, rate
from read_parquet(files('exchange_rates'), union_by_name = true, hive_partitioning = false)
where upper(trim(to_currency)) = 'USD' and rate > 0 and rate_date <= getvariable('as_of')
qualify row_number() over (partition by upper(trim(from_currency)), rate_date
    order by updated_at desc nulls last, _load_sequence desc, _row_number desc) = 1;

-- The rate of each currency and day: the latest of 31 days before.
create table daily_rates as
select r.currency, d.day, max_by(r.rate, r.rate_date) as rate
from rates as r
join (select distinct day from periods) as d on d.day between r.rate_date and r.rate_date + 31
group by all;
