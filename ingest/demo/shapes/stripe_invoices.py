"""What Stripe would have invoiced for the price periods of the billing system, as tables beside its extracts.

A subscription of Stripe ends for good and keeps its currency: whoever comes back or changes the currency has another
one. Who pauses begins a new cycle whose invoices are void, and another one afterwards; a change of seats is invoiced at
once. How the records look is up to `stripe`.
"""

from __future__ import annotations

from ingest.demo import parameters as planted

_CUT = f"date '{planted.CUT.isoformat()}'"
FIRST_DAY = f"date '{planted.FIRST_DAY.isoformat()}'"
#: Enough cycles for the years of the demo company.
_MOST_CYCLES = 12 * (planted.CUT.year - planted.FIRST_DAY.year + 1)

_PRICE_NAME = """
    create macro price_of(product_id, billing_interval, currency, unit_amount) as
        concat_ws('_', 'price', substr(product_id, 6), billing_interval, lower(currency), unit_amount)
"""
_MINOR_UNITS = "create macro minor_units(amount) as round(amount::decimal(18, 4) * 100)::bigint"

# A day begins at midnight in UTC. A period of the extracts belongs to the subscription of Stripe that holds its terms.
_TERMS = """
    create table terms as
    select
        *,
        regexp_replace(substr(subscription_id, 5), '[^A-Za-z0-9]+', '', 'g')
        || case when life > 1 then 'x' || life else '' end as known_as,
        row_number() over (partition by subscription_id, life order by starts) as place
    from (
        select *, sum(is_other_life) over (partition by subscription_id order by starts) as life
        from (
            select
                *,
                (
                    lag(ends) over line is distinct from starts or lag(currency) over line is distinct from currency
                )::int as is_other_life
            from (
                select
                    subscription_id,
                    contact_id,
                    product_id,
                    plan,
                    billing_interval,
                    currency,
                    quantity::bigint as quantity,
                    minor_units(unit_amount) as unit_amount,
                    price_of(product_id, billing_interval, currency, minor_units(unit_amount)) as price_id,
                    case status when 'cancelled' then 'active' else status end as status,
                    period_start::date as starts,
                    period_end::date as ends,
                    cancel_reason,
                    is_voluntary::boolean as is_voluntary
                from subscriptions
            )
            window line as (partition by subscription_id order by starts)
        )
    )
"""

_PRICES = f"""
    create table prices_sold as
    select price_id, product_id, plan, billing_interval, currency, unit_amount, min(starts) as created
    from (
        select price_id, product_id, plan, billing_interval, currency, unit_amount, starts from terms
        union all
        select
            price_of(product_id, 'month', currency, minor_units(list_price)),
            product_id, name, 'month', currency, minor_units(list_price), {FIRST_DAY}
        from products
    )
    group by all
"""

# Cycles follow an anchor, which is set anew where a trial or a pause begins or ends.
_STRETCHES = """
    create table stretches as
    select
        known_as,
        status,
        case billing_interval when 'year' then 12 else 1 end as months,
        min(starts) as anchor,
        max_by(coalesce(ends, date '9999-12-31'), starts) as ends
    from (
        select *, sum(is_anchored) over (partition by known_as order by starts) as stretch
        from (
            select
                *,
                (lag(status) over (partition by known_as order by starts) is distinct from status)::int as is_anchored
            from terms
        )
    )
    group by known_as, status, billing_interval, stretch
"""

_CYCLES = f"""
    create table cycles as
    select *
    from (
        select
            known_as,
            status,
            starts,
            case when status = 'trialing' then ends else next_starts end as ends,
            ends as stretch_ends
        from (
            select
                *,
                (anchor + to_months((number * months)::int))::date as starts,
                (anchor + to_months(((number + 1) * months)::int))::date as next_starts
            from stretches, range({_MOST_CYCLES}) as numbers (number)
        )
        where starts < least(stretch_ends, {_CUT}) and (status <> 'trialing' or number = 0)
    )
"""

# A change within a cycle gives back what is left of it under the terms before, and takes it under those that follow; a
# pause gives it back on its first invoice.
_LINES = """
    create table lines as
    select
        cycles.known_as,
        cycles.starts as invoiced_on,
        2 as place,
        terms.place as terms_place,
        cycles.starts,
        cycles.ends,
        false as is_proration,
        case when cycles.status = 'trialing' then 0 else terms.quantity * terms.unit_amount end as amount
    from cycles
    inner join terms on
        cycles.known_as = terms.known_as
        and cycles.starts >= terms.starts
        and coalesce(cycles.starts < terms.ends, true)

    union all

    select
        terms.known_as,
        terms.starts as invoiced_on,
        sides.side as place,
        terms.place - 1 + sides.side as terms_place,
        terms.starts,
        cycles.ends,
        true as is_proration,
        round(
            if(sides.side = 0, -before.quantity * before.unit_amount, terms.quantity * terms.unit_amount)
            * (cycles.ends - terms.starts)::double / (cycles.ends - cycles.starts)
        )::bigint as amount
    from terms
    inner join terms as before on terms.known_as = before.known_as and terms.place = before.place + 1
    inner join cycles on
        terms.known_as = cycles.known_as
        and before.status = cycles.status
        and terms.starts > cycles.starts
        and terms.starts < cycles.ends
        and terms.starts <= cycles.stretch_ends
    inner join (values (0), (1)) as sides (side) on
        terms.status = before.status
        or (terms.status = 'paused' and sides.side = 0)
"""

#: Makes, in this order: `terms` (price periods by subscription of Stripe, `known_as`), `prices_sold`, `stretches` (of
#: cycles with one anchor), `cycles`, and `lines` (of invoices, with the place of the terms that each is under).
TABLES = (_MINOR_UNITS, _PRICE_NAME, _TERMS, _PRICES, _STRETCHES, _CYCLES, _LINES)
