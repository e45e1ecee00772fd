{#- Business hours. The hours themselves are intervals of UTC in int_business_hours; this file knows how to read clock
    times and how to ask for the business time between two instants. -#}

{#- Minutes after midnight of a clock time 'hh:mm'; 24:00 is 1440. -#}
{% macro clock_minutes(clock_time) -%}
    (cast(split_part({{ clock_time }}, ':', 1) as integer) * 60 + cast(split_part({{ clock_time }}, ':', 2) as integer))
{%- endmacro %}

{#- The clock time 'hh:mm' so many minutes after midnight; 1440 is 24:00. -#}
{% macro clock_time(minutes) -%}
    lpad(cast({{ minutes }} // 60 as varchar), 2, '0') || ':' || lpad(cast({{ minutes }} % 60 as varchar), 2, '0')
{%- endmacro %}

{#- Seconds since 1970-01-01 00:00 UTC, fractions kept. -#}
{% macro epoch_seconds(instant) -%}
    (epoch_us({{ instant }}) / 1000000.0)
{%- endmacro %}

{#- The instant that lies so many seconds after 1970-01-01 00:00 UTC. -#}
{% macro instant_of_epoch(seconds) -%}
    make_timestamptz(cast({{ seconds }} * 1000000 as bigint))
{%- endmacro %}

{#- How far the clocks of a time zone are ahead of UTC at an instant, in seconds. The zone may be a column. -#}
{% macro utc_offset_seconds(instant, timezone) -%}
    cast((epoch_us(({{ instant }}) at time zone {{ timezone }}) - epoch_us({{ instant }})) / 1000000 as bigint)
{%- endmacro %}

{#- A relation with one column `timezone`: the IANA names that this engine can convert. -#}
{% macro known_timezones() -%}
    (select name as timezone from pg_timezone_names())
{%- endmacro %}

{#- A relation with one column `number`, from first to last. -#}
{% macro number_series(first, last) -%}
    (select unnest(generate_series({{ first }}, {{ last }})) as number)
{%- endmacro %}

{#- Joins, as `alias`, the last opening of the schedule that began at or before an instant. -#}
{% macro join_last_opening(alias, schedule_key, instant) -%}
    asof left join {{ ref("int_business_hours") }} as {{ alias }}
        on
            {{ schedule_key }} = {{ alias }}.schedule_key
            and {{ instant }} >= {{ alias }}.opens_at
{%- endmacro %}

{#- Business seconds of the schedule from the beginning of its calendar to an instant; `alias` as joined above. -#}
{% macro business_seconds_until(alias, instant) -%}
    coalesce(
        {{ alias }}.business_seconds_before
        + least(
            {{ seconds_between(alias ~ ".opens_at", instant) }},
            {{ seconds_between(alias ~ ".opens_at", alias ~ ".closes_at") }}
        ),
        0.0
    )
{%- endmacro %}

{#- Business minutes between two instants; null without schedule or end, 0 when all of it is outside the hours. -#}
{% macro business_minutes_between(schedule_key, from_alias, from_instant, to_alias, to_instant) -%}
    case
        when {{ schedule_key }} is not null and {{ to_instant }} is not null
            then greatest(
                {{ business_seconds_until(to_alias, to_instant) }}
                - {{ business_seconds_until(from_alias, from_instant) }},
                0.0
            ) / 60.0
    end
{%- endmacro %}

{#- Joins, as `alias`, the last opening of the schedule before which no more than so many business seconds lie. -#}
{% macro join_opening_at_seconds(alias, schedule_key, business_seconds) -%}
    asof left join {{ ref("int_business_hours") }} as {{ alias }}
        on
            {{ schedule_key }} = {{ alias }}.schedule_key
            and {{ business_seconds }} >= {{ alias }}.business_seconds_before
{%- endmacro %}

{#- The last instant until which no more than so many business seconds have passed: of the end of an opening that is the
    next one's beginning. `alias` as joined above; null where it lies beyond the calendar. -#}
{% macro instant_at_business_seconds(alias, business_seconds) -%}
    {%- set seconds_of_opening = "(" ~ business_seconds ~ " - " ~ alias ~ ".business_seconds_before)" %}
    case
        when {{ seconds_of_opening }} < {{ seconds_between(alias ~ ".opens_at", alias ~ ".closes_at") }}
            then {{ seconds_after(alias ~ ".opens_at", seconds_of_opening) }}
    end
{%- endmacro %}
