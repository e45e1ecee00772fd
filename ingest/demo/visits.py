"""Visits to the web shop, and the use of the appliances that report it.

Visits have been recorded since ``VISITS_SINCE``: one for every order that was placed online, and more that ended
without one, most of them by visitors whom nobody knows. Connected appliances have reported since ``USAGE_SINCE``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import parameters as planted
from ingest.demo.campaigns import CAMPAIGNS, latest_newsletter
from ingest.demo.columns import DAY, Ints, days, draw, ids, instants, join, keep, numbers, pick, table
from ingest.demo.commerce import Orders
from ingest.demo.people import CUT, START, People
from ingest.demo.profiles import account_holders

VISITS_PER_CHUNK = 10_000_000
VISITS_SINCE = START + 365 * DAY
USAGE_SINCE = CUT - 120 * DAY

_MINUTE = 60
_STAGES = ("browse", "cart", "checkout", "order")
_DEVICES = ("desktop", "mobile", "tablet")
_SOURCES = ("search", "direct", "social", "newsletter")
_PAGES = ("/", "/kitchen", "/audio", "/sale?ref=mail", "/travel#bags")
_TERMS = ("kettle", "lamp", "noise cancelling", "gift card", "spare lid")
_CONNECTED = ("SKU-0001", "SKU-0008")


@dataclass(frozen=True)
class Visits:
    """Visits of one chunk with their instants; how many ended with an order, and how many are nobody's."""

    at: Ints
    rows: pa.Table
    with_order: int
    of_nobody: int


def make_visits(rng: np.random.Generator, people: People, orders: Orders, chunk: int) -> Visits:
    """The visit of every online order, and for each of them some more that left earlier."""
    online = pc.is_in(orders.rows["channel"], value_set=pa.array(["web", "app"])).to_numpy()
    bought = np.flatnonzero(online & orders.is_purchase & (orders.at >= VISITS_SINCE + DAY))
    left = np.repeat(bought, rng.poisson(planted.VISITS_WITHOUT_ORDER, len(bought)))
    order = np.concatenate([bought, left])
    size = len(order)
    is_order = np.arange(size) < len(bought)
    seconds = (2 * _MINUTE + rng.exponential(9 * _MINUTE, size)).astype(np.int64)
    somewhen = VISITS_SINCE + (rng.random(size) * (CUT - DAY - VISITS_SINCE)).astype(np.int64)
    at = np.where(is_order, orders.at[order] - seconds, somewhen)
    # Whoever leaves early is rarely signed in; before they joined nobody was.
    person = orders.person[order]
    signed_in = is_order | ((rng.random(size) < planted.P_SIGNED_IN) & (at >= people.acquired_at[person]))
    stage = np.where(is_order, 3, draw(rng, size, (0.6, 0.25, 0.15)))
    source = draw(rng, size, (0.4, 0.3, 0.15, 0.15))
    searched = rng.random(size) < planted.P_SEARCHED
    term = rng.integers(0, len(_TERMS), size)
    found = np.where(term == 4, 0, 1 + rng.integers(0, 40, size))
    contact = orders.rows["contact_id"].combine_chunks().take(pa.array(order))
    of_nobody = ~signed_in | ~pc.is_valid(contact).to_numpy(zero_copy_only=False)
    visitor = np.where(of_nobody, rng.integers(0, 1_000_000_000, size), people.number[person])
    rows = table(
        session_id=ids("V", chunk * VISITS_PER_CHUNK + np.arange(size) + 1, width=9),
        visitor_id=join("browser-", ids("", visitor, width=9)),
        contact_id=keep(~of_nobody, contact),
        started_at=instants(at),
        ended_at=instants(at + seconds + _MINUTE, rng.random(size) > 0.02),
        device=pick(_DEVICES, draw(rng, size, (0.35, 0.55, 0.1))),
        source=pick(_SOURCES, source),
        campaign_id=keep(source == 3, pick(CAMPAIGNS, latest_newsletter(at))),
        landing_page=pick(_PAGES, rng.integers(0, len(_PAGES), size)),
        page_count=numbers(1 + stage + rng.poisson(3, size)),
        search_term=keep(searched, pick(_TERMS, term)),
        search_result_count=numbers(found, searched),
        reached=pick(_STAGES, stage),
    )
    return Visits(at, rows, len(bought), int(of_nobody.sum()))


@dataclass(frozen=True)
class Usage:
    """Days of use of one chunk, with the instant at which each began."""

    at: Ints
    rows: pa.Table


def make_usage(rng: np.random.Generator, people: People) -> Usage:
    """Some who have an account own a connected appliance, and use it on most days."""
    holder = account_holders(people)
    owner = holder[rng.random(len(holder)) < planted.CONNECTED_SHARE]
    product = rng.integers(0, len(_CONNECTED), len(owner))
    day = np.arange(USAGE_SINCE // DAY, CUT // DAY)
    used = rng.random((len(owner), len(day))) < planted.P_USED_ON_A_DAY
    used &= people.acquired_at[owner][:, None] // DAY < day[None, :]
    row, column = np.nonzero(used)
    at = day[column] * DAY
    rows = table(
        contact_id=people.shop_id.take(pa.array(owner[row])),
        product_id=pick(_CONNECTED, product[row]),
        usage_date=days(at),
        active_events=numbers(rng.poisson(4, len(row))),
    )
    return Usage(at, rows)
