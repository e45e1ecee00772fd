{#- Days, months and the cut of a run. Everything that knows the reporting time zone or the engine's calendar is
    here. -#}

{#- The first instant that does not exist for this run: as_of + 1 day, 00:00 in the reporting time zone. -#}
{% macro as_of_cut() -%}
    ((cast({{ as_of_date() }} as timestamp) + interval 1 day) at time zone '{{ var("reporting_timezone") }}')
{%- endmacro %}

{#- The last day that exists for this run, as a date. -#}
{% macro as_of_date() -%}
    {%- if execute and var("as_of") is none -%}
        {{ exceptions.raise_compiler_error(
            "as_of is not set: run through `cx360 run --as-of DATE`, or pass --vars '{as_of: DATE}'"
        ) }}
    {%- endif -%}
    cast('{{ var("as_of") }}' as date)
{%- endmacro %}

{#- The calendar day of an instant in the reporting time zone. -#}
{% macro local_date(instant) -%}
    cast(({{ instant }}) at time zone '{{ var("reporting_timezone") }}' as date)
{%- endmacro %}

{#- The instant at which a day of the reporting time zone begins. -#}
{% macro local_midnight(day) -%}
    (cast({{ day }} as timestamp) at time zone '{{ var("reporting_timezone") }}')
{%- endmacro %}

{#- The instant at which the first of the last trailing_days days begins. -#}
{% macro trailing_start() -%}
    {{ local_midnight(as_of_date() ~ " - interval (" ~ var("trailing_days") ~ " - 1) day") }}
{%- endmacro %}

{#- Elapsed time, not boundaries crossed: 10:00:59 to 10:01:00 is one second. -#}
{% macro seconds_between(from_instant, to_instant) -%}
    (epoch_us({{ to_instant }}) - epoch_us({{ from_instant }})) / 1000000.0
{%- endmacro %}

{% macro minutes_between(from_instant, to_instant) -%}
    (epoch_us({{ to_instant }}) - epoch_us({{ from_instant }})) / 60000000.0
{%- endmacro %}

{% macro hours_between(from_instant, to_instant) -%}
    (epoch_us({{ to_instant }}) - epoch_us({{ from_instant }})) / 3600000000.0
{%- endmacro %}

{#- The instant so many seconds later; both may be columns. -#}
{% macro seconds_after(instant, number_of_seconds) -%}
    ({{ instant }} + {{ number_of_seconds }} * interval 1 second)
{%- endmacro %}

{% macro days_between(from_date, to_date) -%}
    date_diff('day', {{ from_date }}, {{ to_date }})
{%- endmacro %}

{#- Whole months from one first-of-month date to another. -#}
{% macro months_between(from_month, to_month) -%}
    date_diff('month', {{ from_month }}, {{ to_month }})
{%- endmacro %}

{#- The period a date falls in; `grain` is day, week (Monday), month, quarter or year. -#}
{% macro period_start(grain, day) -%}
    cast(date_trunc('{{ grain }}', {{ day }}) as date)
{%- endmacro %}

{#- Completed years: a birthday on 29 February is reached on 1 March of common years. -#}
{% macro age_in_years(birth_date, on_date) -%}
    (
        extract(year from {{ on_date }}) - extract(year from {{ birth_date }})
        - case
            when extract(month from {{ on_date }}) * 100 + extract(day from {{ on_date }})
                < extract(month from {{ birth_date }}) * 100 + extract(day from {{ birth_date }}) then 1
            else 0
        end
    )
{%- endmacro %}

{#- A relation with one column `day`, from the first day to the last, both included. -#}
{% macro day_series(first_day, last_day) -%}
    (select unnest(generate_series(cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval 1 day)) as day)
{%- endmacro %}

{#- The day so many days later; both may be columns. -#}
{% macro add_days(day, number_of_days) -%}
    cast({{ day }} + cast({{ number_of_days }} as integer) as date)
{%- endmacro %}

{#- In a select list: one row per day from the first, up to but not including the second. -#}
{% macro each_day(first_day, day_after) -%}
    cast(
        unnest(
            generate_series(
                cast({{ first_day }} as timestamp), cast({{ day_after }} as timestamp) - interval 1 day, interval 1 day
            )
        ) as date
    )
{%- endmacro %}
