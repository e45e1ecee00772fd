-- Grain: one row per request for a feature of a source system, in its state at as_of, and the unknown request -1.
-- A request that ships after as_of is planned.

with requests as (

    select
        *,
        case when shipped_on <= {{ as_of_date() }} then shipped_on end as known_shipped_on
    from {{ ref("int_feature_requests_current") }}
),

products as (

    select * from {{ ref("dim_products") }}
),

dim_feature_requests as (

    select
        {{ surrogate_key(["requests.source_system", "requests.request_id"]) }} as feature_request_key,
        requests.source_system,
        requests.request_id,
        coalesce(products.product_key, -1) as product_key,
        requests.product_id,

        requests.title,
        case
            when requests.status = 'shipped' and requests.shipped_on > {{ as_of_date() }} then 'planned'
            else requests.status
        end as status,

        coalesce(requests.is_deleted, false) as is_deleted,

        requests.known_shipped_on as shipped_on
    from requests
    left join products
        on
            requests.source_system = products.source_system
            and requests.product_id = products.product_id
    union all
    select
        -1 as feature_request_key,
        '-1' as source_system,
        '-1' as request_id,
        -1 as product_key,
        null as product_id,

        'unknown' as title,
        'unknown' as status,

        false as is_deleted,

        null as shipped_on
)

select * from dim_feature_requests
