"""The billing system: plans, subscriptions as price periods, and exchange rates.

A payer is a company (its first contact pays) or a consumer. Customers leave with a planted monthly hazard; some come
back. Shop orders belong to ``commerce``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.columns import (
    DAY,
    Flags,
    Floats,
    Ints,
    choose,
    constant,
    days,
    ids,
    instant,
    instants,
    join,
    keep,
    money,
    pick,
    table,
)
from ingest.demo.people import CUT, START, People, company_domains, company_names

MONTHS = 24
FAR = CUT + 3_650 * DAY
PLANS = (
    ("BASIC", "Home Plus", 1_200),
    ("TEAM", "Team", 4_500),
    ("SCALE", "Scale", 9_000),
    ("INSIGHT", "Insight add-on", 2_500),
)
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
    """Price periods of one chunk (``starts_at`` is the beginning of each) and the truth about their payers.

    ``opened`` and ``left`` count, per segment and month, the paying customers at the month's opening and those of them
    that no longer pay at its close; ``subscribers`` has one row per payer.
    """

    starts_at: Ints
    rows: pa.Table
    opened: Ints
    left: Ints
    subscribers: pa.Table
    situations: Mapping[str, int]


@dataclass(frozen=True)
class _Lives:
    """Payers and what happens to each of them; instants are midnights, FAR where something never happens."""

    person: Ints
    segment: Ints
    starts: Ints
    trial_ends: Ints
    seats_change: Ints
    currency_changes: Ints
    paused_from: Ints
    paused_to: Ints
    ends: Ints
    returns: Ints
    addon_starts: Ints
    addon_ends: Ints

    def __len__(self) -> int:
        return len(self.person)

    def pays_just_before(self, at: int) -> Flags:
        """Who has a paid subscription at the last instant before ``at``; trials and pauses are not paid."""
        last = at - 1
        paying = (np.where(self.trial_ends < FAR, self.trial_ends, self.starts) <= last) & (last < self.ends)
        paused = (self.paused_from <= last) & (last < self.paused_to)
        return (paying & ~paused) | (self.returns <= last)


def make_subscriptions(rng: np.random.Generator, people: People, rates: ExchangeRates) -> Subscriptions:
    """Draw every payer's life as a subscriber and cut it into price periods."""
    lives = _draw_lives(rng, people)
    line, begins, ends = _periods(lives)
    rows = _rows(rng, people, rates, lives, line, begins, ends)
    opened, left = _count_months(lives, people.is_test[lives.person])
    subscribers = table(
        person_id=people.person_id.take(pa.array(lives.person)),
        segment=pick(planted.SEGMENTS, lives.segment),
        is_test=pa.array(people.is_test[lives.person]),
        started_on=days(lives.starts),
        left_on=days(lives.ends, lives.ends < FAR),
        returned_on=days(lives.returns, lives.returns < FAR),
    )
    situations = {
        "currency_changes": int((lives.currency_changes < FAR).sum()),
        "pauses": int((lives.paused_from < FAR).sum()),
        "bom_and_semicolons": rows.num_rows,
    }
    return Subscriptions(begins, rows, opened, left, subscribers, situations)


def _draw_lives(rng: np.random.Generator, people: People) -> _Lives:
    person = np.flatnonzero(people.is_payer)
    size = len(person)
    segment = people.segment[person]
    company = segment > 0
    starts = people.acquired_at[person] // DAY * DAY
    ends = _leaving_days(rng, segment, starts)

    def some_day(share: float | Floats, first: int, last: int) -> Ints:
        """A day so many days after the start for a share of the payers, if they are still there."""
        chosen = rng.random(size) < share
        day = starts + rng.integers(first, last, size) * DAY
        return np.where(chosen & (day < ends - DAY) & (day < CUT - DAY), day, FAR)

    addon_starts = some_day(np.where(company, 0.3, 0.0), 30, 200)
    addon_leaves = addon_starts + (90 + rng.integers(0, 300, size)) * DAY
    addon_dropped = (rng.random(size) < 0.25) & (addon_leaves < ends) & (addon_leaves < CUT)
    # Whoever pauses has no add-on: a pause then ends all that the customer pays.
    paused_from = some_day(np.where(company & (addon_starts == FAR), 0.05, 0.0), 45, 500)
    # A pause ends before the payer leaves: a period that says cancelled could not also say that nothing was paid in it.
    paused_from = np.where(paused_from + 45 * DAY < ends, paused_from, FAR)
    paused_to = np.where(paused_from < FAR, paused_from + 45 * DAY, FAR)
    returns = ends + (40 + rng.integers(0, 90, size)) * DAY
    comes_back = (ends < FAR) & (rng.random(size) < planted.RETURN_SHARE) & (returns < CUT - DAY)
    return _Lives(
        person=person,
        segment=segment,
        starts=starts,
        trial_ends=some_day(np.where(segment == 1, 0.4, 0.0), 14, 15),
        seats_change=some_day(np.array([0.0, 0.35, 0.5])[segment], 60, 360),
        currency_changes=some_day(np.where(company, 0.08, 0.0), 370, 570),
        paused_from=paused_from,
        paused_to=paused_to,
        ends=ends,
        returns=np.where(comes_back, returns, FAR),
        addon_starts=addon_starts,
        addon_ends=np.where(addon_starts == FAR, FAR, np.where(addon_dropped, addon_leaves, ends)),
    )


def _leaving_days(rng: np.random.Generator, segment: Ints, starts: Ints) -> Ints:
    """A payer who opens a month leaves in it with the planted probability, on a day after its first."""
    hazard = np.array([planted.MONTHLY_CHURN[name] for name in planted.SEGMENTS])[segment]
    first_month = np.searchsorted(MONTH_STARTS, starts, side="right") - 1
    month = first_month + rng.geometric(hazard)
    leaves = month < MONTHS
    month = np.minimum(month, MONTHS - 1)
    length = (MONTH_STARTS[month + 1] - MONTH_STARTS[month]) // DAY
    day = MONTH_STARTS[month] + (1 + (rng.random(len(segment)) * (length - 1)).astype(np.int64)) * DAY
    return np.where(leaves, day, FAR)


# A payer's lines: the plan, an add-on, and the plan again for those who came back.
_PLAN, _ADDON, _AGAIN = range(3)


@dataclass(frozen=True)
class _Line:
    """To which payer (position in ``_Lives``) and which kind of line each period belongs."""

    payer: Ints
    kind: Ints


def _periods(lives: _Lives) -> tuple[_Line, Ints, Ints]:
    """Each line cut wherever its terms change: (line, beginnings, ends)."""
    marks = {
        _PLAN: (lives.trial_ends, lives.seats_change, lives.currency_changes, lives.paused_from, lives.paused_to),
        _ADDON: (lives.currency_changes,),
        _AGAIN: (),
    }
    spans = {
        _PLAN: (lives.starts, lives.ends),
        _ADDON: (lives.addon_starts, lives.addon_ends),
        _AGAIN: (lives.returns, np.full(len(lives), FAR)),
    }
    payers, kinds, begins, ends = [], [], [], []
    for kind, (first, last) in spans.items():
        inner = [np.where((mark > first) & (mark < last), mark, first) for mark in marks[kind]]
        edges = np.sort(np.stack([first, *inner, last], axis=1), axis=1)
        for piece in range(edges.shape[1] - 1):
            exists = (edges[:, piece] < edges[:, piece + 1]) & (edges[:, piece] < CUT)
            payers.append(np.flatnonzero(exists))
            kinds.append(np.full(int(exists.sum()), kind))
            begins.append(edges[exists, piece])
            ends.append(edges[exists, piece + 1])
    payer, begin = np.concatenate(payers), np.concatenate(begins)
    order = np.lexsort((begin, np.concatenate(kinds) == _ADDON, payer))
    return _Line(payer[order], np.concatenate(kinds)[order]), begin[order], np.concatenate(ends)[order]


def _rows(
    rng: np.random.Generator, people: People, rates: ExchangeRates, lives: _Lives, line: _Line, begins: Ints, ends: Ints
) -> pa.Table:
    size = len(lives)
    payer = line.payer
    segment = lives.segment[payer]
    person = lives.person[payer]
    addon = line.kind == _ADDON

    least, most = np.array([1, 2, 20])[lives.segment], np.array([1, 9, 79])[lives.segment]
    seats = rng.integers(least, most + 1)
    grown = np.maximum(np.rint(seats * np.where(rng.random(size) < 0.7, 1.3, 0.75)), 1).astype(np.int64)
    grown = np.where(grown == seats, seats + 1, grown)
    quantity = np.where((begins >= lives.seats_change[payer]) & ~addon, grown[payer], seats[payer])

    plan = np.where(addon, 3, segment)
    dollars = np.array([price for _, _, price in PLANS])[plan]
    at_home = np.array([code == "EUR" for code in planted.COUNTRY_CURRENCIES])[people.country[person]]
    switched = begins >= lives.currency_changes[payer]
    # The new currency's price is the old one at that day's rate: the value does not move.
    signed = rates.usd_per_euro(lives.starts[payer])
    home_price = np.where(at_home, np.rint(dollars / signed), dollars)
    changed = rates.usd_per_euro(np.minimum(lives.currency_changes[payer], CUT - DAY))
    switched_price = np.where(at_home, home_price * changed, home_price / changed)
    unit = np.rint(np.where(switched, switched_price, home_price)).astype(np.int64)
    yearly = (rng.random(size) < np.array([0.1, 0.25, 0.6])[lives.segment])[payer]

    is_open = ends > CUT
    line_ends = np.where(addon, lives.addon_ends[payer], lives.ends[payer])
    left = ~is_open & (ends == line_ends) & (line.kind != _AGAIN)
    on_trial = (begins < lives.trial_ends[payer]) & (lives.trial_ends[payer] < FAR) & (line.kind == _PLAN)
    paused = (begins >= lives.paused_from[payer]) & (begins < lives.paused_to[payer]) & (line.kind == _PLAN)
    status = np.where(left, 2, np.where(paused, 3, np.where(on_trial, 1, 0)))
    voluntary = rng.random(len(payer)) < planted.VOLUNTARY_SHARE
    own_reason = pick(_CANCEL_REASONS, rng.integers(0, len(_CANCEL_REASONS), len(payer)))
    reason = choose(voluntary, own_reason, "payment failed")
    return table(
        subscription_id=join(ids("sub_", people.number[person], width=7), pick(("", "-addon"), addon.astype(np.int64))),
        period_start=days(begins),
        period_end=days(ends, ~is_open),
        account_id=keep(segment > 0, ids("ba_", np.maximum(people.account[person], 0) + 5_000)),
        contact_id=people.billing_id.take(pa.array(person)),
        product_id=pick([f"plan_{code.lower()}" for code, _, _ in PLANS], plan),
        plan=pick([name for _, name, _ in PLANS], plan),
        quantity=pa.array(quantity),
        unit_amount=money(np.where(yearly, unit * 10, unit)),
        billing_interval=choose(yearly, "year", "month"),
        currency=choose(at_home ^ switched, "EUR", "USD"),
        status=pick(("active", "trialing", "cancelled", "paused"), status),
        cancel_reason=keep(left, reason),
        is_voluntary=keep(left, pa.array(voluntary)),
        updated_at=instants(np.where(left, ends, begins)),
    )


def _count_months(lives: _Lives, is_test: Flags) -> tuple[Ints, Ints]:
    opened = np.zeros((len(planted.SEGMENTS), MONTHS), dtype=np.int64)
    left = np.zeros_like(opened)
    for month in range(MONTHS):
        opens = lives.pays_just_before(int(MONTH_STARTS[month])) & ~is_test
        stays = lives.pays_just_before(int(MONTH_STARTS[month + 1]))
        opened[:, month] = np.bincount(lives.segment[opens], minlength=len(planted.SEGMENTS))
        left[:, month] = np.bincount(lives.segment[opens & ~stays], minlength=len(planted.SEGMENTS))
    return opened, left
