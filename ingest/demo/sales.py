"""The CRM's opportunities: what salespeople negotiate with the companies, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.columns import DAY, Ints, days, draw, ids, instants, join, keep, money, numbers, pick, table
from ingest.demo.people import CUT, START, People, company_names

OPPORTUNITIES_PER_CHUNK = 1_000_000

_STAGES = ("qualification", "proposal", "negotiation", "won", "lost")
_PROBABILITIES = (0.1, 0.4, 0.7, 1.0, 0.0)
_LOST_REASONS = ("price", "no budget", "missing feature", "chose a competitor")


@dataclass(frozen=True)
class Opportunities:
    """Opportunities of one chunk and when each was recorded; how many were won and lost."""

    at: Ints
    rows: pa.Table
    won: int
    lost: int


def make_opportunities(rng: np.random.Generator, people: People, chunk: int) -> Opportunities:
    """One to three opportunities of each company, with its first contact."""
    member = np.flatnonzero(people.account >= 0)
    _, firsts = np.unique(people.account[member], return_index=True)
    first = member[firsts]
    person = np.repeat(first, 1 + draw(rng, len(first), (0.4, 0.4, 0.2)))
    size = len(person)
    at = START + (rng.random(size) * (CUT - DAY - START)).astype(np.int64)
    until = at + ((20 + rng.random(size) * 100) * DAY).astype(np.int64)
    is_closed = until < CUT
    is_won = is_closed & (rng.random(size) < planted.P_OPPORTUNITY_WON)
    progress = np.minimum(((CUT - at) / (until - at) * 3).astype(np.int64), 2)
    stage = np.where(is_won, 3, np.where(is_closed, 4, progress))
    reason = rng.integers(0, len(_LOST_REASONS), size)
    is_lost = is_closed & ~is_won
    enterprise = people.segment[person] == 2
    euros = np.array([code == "EUR" for code in planted.COUNTRY_CURRENCIES])[people.country[person]]
    hundreds = np.rint(rng.lognormal(np.where(enterprise, 5.0, 3.0), 0.6)).astype(np.int64) + 1
    account = people.account[person]
    rows = table(
        opportunity_id=ids("OPP-", chunk * OPPORTUNITIES_PER_CHUNK + np.arange(size) + 1, width=8),
        account_id=ids("ACC-", account, width=6),
        contact_id=people.crm_id.take(pa.array(person)),
        name=join("Contract with ", company_names(account)),
        stage=pick(_STAGES, stage),
        amount=money(hundreds * 10_000),
        currency=pick(("USD", "EUR"), euros.astype(np.int64)),
        probability=numbers(np.array(_PROBABILITIES)[stage]),
        owner_id=ids("SALES-", account % 5 + 1),
        created_at=instants(at),
        expected_close_on=days(until),
        closed_at=instants(until, is_closed),
        is_closed=pa.array(is_closed),
        is_won=pa.array(is_won),
        lost_reason=keep(is_lost, pick(_LOST_REASONS, reason)),
        competitor=keep(is_lost & (reason == 3), pick(planted.COMPETITORS, account % len(planted.COMPETITORS))),
        updated_at=instants(np.where(is_closed, until, at)),
    )
    return Opportunities(at, rows, int(is_won.sum()), int(is_lost.sum()))
