-- Grain: one row per currency and day on which a rate to the reporting currency holds.
-- A rate that is missing on a day is the latest of the days before, up to var exchange_rate_max_age_days; after that
-- there is none, and amounts of that day stay null and are counted. Inverse and cross rates are not derived: a rate
-- nobody delivered would put a number into revenue that no source can confirm. The reporting currency itself has no
-- rows (its rate is 1).

with exchange_rates as (

    select *
    from {{ ref("int_exchange_rates_current") }}
    where
        not coalesce(is_deleted, false)
        and rate_date <= {{ as_of_date() }}
        and rate > 0
),

days as (

    select cast(series.day as date) as rate_date
    from {{ day_series("cast('1970-01-01' as date)", as_of_date()) }} as series
),

-- Two systems may deliver the same pair: the latest statement wins, then the name of the system.
rates_to_reporting as (

    select
        {{ currency_code("from_currency") }} as from_currency,
        rate_date,
        rate
    from exchange_rates
    where
        {{ currency_code("to_currency") }} = {{ reporting_currency() }}
        and {{ currency_code("from_currency") }} <> {{ reporting_currency() }}
    qualify row_number() over (
        partition by {{ currency_code("from_currency") }}, rate_date
        order by updated_at desc nulls last, source_system asc
    ) = 1
),

rate_intervals as (

    select
        from_currency,
        rate,
        rate_date as valid_from,
        lead(rate_date) over (partition by from_currency order by rate_date) as next_rate_date
    from rates_to_reporting
),

int_exchange_rates_daily as (

    select
        rate_intervals.from_currency,
        days.rate_date,

        rate_intervals.rate,

        rate_intervals.valid_from as quoted_date
    from rate_intervals
    inner join days
        on
            rate_intervals.valid_from <= days.rate_date
            and days.rate_date < coalesce(rate_intervals.next_rate_date, date '9999-12-31')
            and {{ days_between("rate_intervals.valid_from", "days.rate_date") }}
            <= {{ var("exchange_rate_max_age_days") }}
)

select * from int_exchange_rates_daily
