-- Every pair of scores has a segment: a buyer without one would drop out of mart_customer_value.

with scores as (

    select cast(series.number as integer) as score
    from {{ number_series(1, 5) }} as series
)

select
    recencies.score as recency_score,
    frequencies.score as frequency_score
from scores as recencies
cross join scores as frequencies
left join {{ ref("rfm_segments") }} as rfm_segments
    on
        recencies.score = rfm_segments.recency_score
        and frequencies.score = rfm_segments.frequency_score
where rfm_segments.rfm_segment is null
