"""The billing system: plans, subscriptions as price periods, and exchange rates.

A payer is a company (its first contact pays) or a consumer. Customers leave with a planted monthly hazard; some come
back. Shop orders belong to ``commerce``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.columns import (
    DAY,
    Floats,
    Ints,
    choose,
    constant,
    days,
    ids,
    instant,
    instants,
    keep,
    money,
    pick,
    table,
)
from ingest.demo.people import CUT, START, People, company_domains, company_names

MONTHS = 24
PLANS = (("BASIC", "Home Plus", 1_200), ("TEAM", "Team", 4_500), ("SCALE", "Scale", 9_000), ("INSIGHT", "Insight add-on", 2_500))
_CANCEL_REASONS = ("price", "missing feature", "went to a competitor", "no longer needed")


def month_start(index: int) -> int:
    """Epoch seconds of the first day of month ``index`` after the first."""
    year, month = divmod(planted.FIRST_DAY.month - 1 + index, 12)
    return instant(date(planted.FIRST_DAY.year + year, month + 1, 1))


MONTH_STARTS = np.array([month_start(index) for index in range(MONTHS + 1)], dtype=np.int64)


@dataclass(frozen=True)
class ExchangeRates:
    """USD for one EUR on each working day; a weekend has the rate of the Friday before."""

    first_day: int
    rate: Floats

    def usd_per_euro(self, at: Ints) -> Floats:
        """The rate that held at each instant."""
        day = at // DAY - self.first_day
        # 1970-01-01 was a Thursday: Monday is 0 after adding 3.
        weekday = (at // DAY + 3) % 7
        return self.rate[day - np.maximum(weekday - 4, 0)]

    def rows(self) -> pa.Table:
        """Working days only, EUR to USD."""
        day = self.first_day + np.arange(len(self.rate))
        working = (day + 3) % 7 < 5
        size = int(working.sum())
        return table(
            rate_date=days(day[working] * DAY),
            from_currency=constant("EUR", size),
            to_currency=constant("USD", size),
            rate=pa.array(self.rate[working]),
        )


def make_rates(rng: np.random.Generator) -> ExchangeRates:
    """A slow random walk around 1.10, from a month before the first day to the last."""
    first = START // DAY - 31
    steps = rng.normal(0, 0.003, CUT // DAY - first)
    walk = np.cumsum(steps)
    # Pulled back to the middle so that the rate stays believable over two years.
    walk -= np.linspace(0, walk[-1], len(walk)) * 0.8
    return ExchangeRates(first, np.round(1.10 * np.exp(walk), 4))


def products() -> pa.Table:
    """The plans that can be subscribed to."""
    size = len(PLANS)
    return table(
        product_id=pick([f"plan_{code.lower()}" for code, _, _ in PLANS], np.arange(size)),
        name=pick([name for _, name, _ in PLANS], np.arange(size)),
        family=constant("subscription", size),
        list_price=money(np.array([price for _, _, price in PLANS])),
        currency=constant("USD", size),
    )


def accounts(people: People) -> pa.Table:
    """Companies as the billing system knows them: ids of its own, the CRM's beside."""
    payer = np.flatnonzero(people.is_payer & (people.account >= 0))
    number = people.account[payer]
    return table(
        account_id=ids("ba_", number + 5_000),
        name=company_names(number),
        account_type=constant("company", len(payer)),
        domain=company_domains(number),
        country=pick(planted.COUNTRIES, people.country[payer]),
        external_ids=pa.array([f'{{"crm": "ACC-{value:06d}"}}' for value in number.tolist()], pa.string()),
        created_at=instants(people.acquired_at[payer]),
        updated_at=instants(people.acquired_at[payer]),
    )


@dataclass(frozen=True)
class Subscriptions:
    """Price periods of one chunk, and the truth: active payers at each month's opening and those that left in it."""

    at: Ints
    rows: pa.Table
    opened: Ints
    left: Ints
    periods: pa.Table


def make_subscriptions(rng: np.random.Generator, people: People, rates: ExchangeRates) -> Subscriptions:
    """Draw every payer's life as a subscriber and cut it into price periods."""
    payer = np.flatnonzero(people.is_payer)
    size = len(payer)
    segment = people.segment[payer]
    hazard = np.array([planted.MONTHLY_CHURN[name] for name in planted.SEGMENTS])[segment]
    start = (people.acquired_at[payer] // DAY) * DAY
    first_month = np.searchsorted(MONTH_STARTS, start, side="right") - 1
    # One draw per month that the payer opens; the first one that fails is the month of leaving.
    lasted = rng.geometric(hazard)
    left_month = first_month + lasted
    leaves = left_month < MONTHS
    left_month = np.minimum(left_month, MONTHS - 1)
    length = (MONTH_STARTS[left_month + 1] - MONTH_STARTS[left_month]) // DAY
    # The day after the first to the last of the month, so that the payer is still there at its opening.
    left_at = MONTH_STARTS[left_month] + (1 + (rng.random(size) * (length - 1)).astype(np.int64)) * DAY
    end = np.where(leaves, left_at, CUT + 10 * DAY)

    euro = np.array([code == "EUR" for code in planted.COUNTRY_CURRENCIES])[people.country[payer]]
    seats = np.where(segment == 2, 20 + rng.integers(0, 60, size), np.where(segment == 1, 2 + rng.integers(0, 8, size), 1))
    plan = np.where(segment == 2, 2, segment)
    price = np.array([price for _, _, price in PLANS])[plan]
    rate_at_start = rates.usd_per_euro(start)
    own_price = np.where(euro, np.rint(price / rate_at_start), price).astype(np.int64)
    yearly = rng.random(size) < np.array([0.1, 0.25, 0.6])[segment]

    # What happens in between: a change of seats, and for some companies a change of the billing currency.
    change_at = start + (60 + rng.integers(0, 300, size)) * DAY
    changes = (rng.random(size) < np.array([0.0, 0.35, 0.5])[segment]) & (change_at < end) & (change_at < CUT)
    new_seats = np.maximum(1, np.rint(seats * np.where(rng.random(size) < 0.7, 1.3, 0.75))).astype(np.int64)
    new_seats = np.where(changes, np.where(new_seats == seats, seats + 1, new_seats), seats)
    switch_at = start + (370 + rng.integers(0, 200, size)) * DAY
    switches = (rng.random(size) < 0.08) & (segment > 0) & (switch_at < end) & (switch_at < CUT)
    switched_price = np.where(
        euro, own_price * rates.usd_per_euro(np.minimum(switch_at, CUT - DAY)), own_price / rates.usd_per_euro(np.minimum(switch_at, CUT - DAY))
    )
    returns_at = end + (40 + rng.integers(0, 90, size)) * DAY
    returns = leaves & (rng.random(size) < planted.RETURN_SHARE) & (returns_at < CUT - DAY)
    trial_end = start + 14 * DAY
    trials = (segment == 1) & (rng.random(size) < 0.4) & (trial_end < np.minimum(end, np.minimum(change_at, switch_at))) & (trial_end < CUT)

    far = CUT + 10 * DAY
    cuts = np.stack(
        [start, np.where(trials, trial_end, start), np.where(changes, change_at, start), np.where(switches, switch_at, start), end, np.where(returns, returns_at, far)],
        axis=1,
    )
    pieces = []
    stops = np.sort(cuts[:, :5], axis=1)
    for piece in range(4):
        begins, ends = stops[:, piece], stops[:, piece + 1]
        exists = ends > begins
        pieces.append((np.flatnonzero(exists), begins[exists], ends[exists], np.zeros(int(exists.sum()), dtype=bool)))
    again = np.flatnonzero(returns)
    pieces.append((again, returns_at[again], np.full(len(again), far), np.ones(len(again), dtype=bool)))
    who = np.concatenate([piece[0] for piece in pieces])
    begins = np.concatenate([piece[1] for piece in pieces])
    ends = np.concatenate([piece[2] for piece in pieces])
    second_life = np.concatenate([piece[3] for piece in pieces])
    inside = begins < CUT
    order = np.lexsort((begins[inside], who[inside]))
    who, begins, ends, second_life = (column[inside][order] for column in (who, begins, ends, second_life))

    is_switched = switches[who] & (begins >= switch_at[who])
    currency_euro = euro[who] ^ is_switched
    unit = np.where(is_switched, np.rint(switched_price[who]), own_price[who]).astype(np.int64)
    quantity = np.where(changes[who] & (begins >= change_at[who]), new_seats[who], seats[who])
    on_trial = trials[who] & (begins < trial_end[who])
    cancelled = leaves[who] & (ends == end[who]) & ~second_life
    is_open = ends > CUT
    voluntary = rng.random(len(who)) < planted.VOLUNTARY_SHARE
    factor = np.where(yearly[who], 10, 1)
    person = payer[who]
    company = people.account[person] >= 0
    reason = pick(_CANCEL_REASONS, rng.integers(0, len(_CANCEL_REASONS), len(who)))
    rows = table(
        subscription_id=ids("sub_", people.number[person], width=7),
        period_start=days(begins),
        period_end=days(ends, ~is_open),
        account_id=keep(company, ids("ba_", np.maximum(people.account[person], 0) + 5_000)),
        contact_id=people.billing_id.take(pa.array(person)),
        product_id=pick([f"plan_{code.lower()}" for code, _, _ in PLANS], plan[who]),
        plan=pick([name for _, name, _ in PLANS], plan[who]),
        quantity=pa.array(quantity),
        unit_amount=money(unit * factor),
        billing_interval=choose(yearly[who], "year", "month"),
        currency=choose(currency_euro, "EUR", "USD"),
        status=pick(("active", "trialing", "cancelled"), np.where(cancelled, 2, np.where(on_trial, 1, 0))),
        cancel_reason=keep(cancelled, choose(voluntary, reason, "payment failed")),
        is_voluntary=keep(cancelled, pa.array(voluntary)),
        updated_at=instants(np.where(cancelled, ends, begins)),
    )
    opened, left = _months(segment, start, trials, trial_end, end, returns, returns_at, people.is_test[payer])
    periods = table(
        person_id=people.person_id.take(pa.array(payer)),
        segment=pick(planted.SEGMENTS, segment),
        started_on=days(start),
        left_on=days(end, leaves),
        returned_on=days(returns_at, returns),
        is_test=pa.array(people.is_test[payer]),
    )
    return Subscriptions(begins, rows, opened, left, periods)


def _months(segment, start, trials, trial_end, end, returns, returns_at, is_test):  # type: ignore[no-untyped-def]
    """Per segment and month: payers at its opening, and those of them that no longer pay at its close."""
    paid_from = np.where(trials, trial_end, start)
    opened = np.zeros((len(planted.SEGMENTS), MONTHS), dtype=np.int64)
    left = np.zeros_like(opened)

    def pays(at: int) -> np.ndarray:
        # The state at a month's close is that of the instant before the next month opens.
        last = at - 1
        return ((paid_from <= last) & (last < end)) | (returns & (returns_at <= last))

    for month in range(MONTHS):
        opens = pays(int(MONTH_STARTS[month])) & ~is_test
        closes = pays(int(MONTH_STARTS[month + 1]))
        for position in range(len(planted.SEGMENTS)):
            mine = opens & (segment == position)
            opened[position, month] = mine.sum()
            left[position, month] = (mine & ~closes).sum()
    return opened, left

