"""The web shop's marketing: messages of campaigns and what became of them, and what campaigns cost.

Everyone who has an account in the shop, or who ordered as a guest, is welcomed; who has an account gets a newsletter
each quarter, if they agreed, until they unsubscribe. What was opened and clicked follows the planted probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import parameters as planted
from ingest.demo.billing import MONTH_STARTS
from ingest.demo.columns import (
    HOUR,
    Flags,
    Floats,
    Ints,
    days,
    ids,
    instant,
    instants,
    keep,
    money,
    pick,
    table,
)
from ingest.demo.commerce import CURRENCIES, Orders
from ingest.demo.people import CUT, People

EVENTS_PER_CHUNK = 10_000_000

WELCOME = "WELCOME"
_QUARTERS = [(year, month) for year in (2024, 2025, 2026) for month in (1, 4, 7, 10)]
# Newsletters go out on the tenth day of a quarter, in the morning.
_NEWSLETTERS = {
    f"NEWS-{year}-{month:02}": instant(date(year, month, 10)) + 9 * HOUR
    for year, month in _QUARTERS
    if planted.FIRST_DAY <= date(year, month, 10) < planted.CUT
}
CAMPAIGNS = (WELCOME, *_NEWSLETTERS)
_KINDS = ("sent", "delivered", "opened", "clicked", "converted", "unsubscribed")


def latest_newsletter(at: Ints) -> Ints:
    """Position in ``CAMPAIGNS`` of the newsletter that went out last before each instant."""
    return np.maximum(np.searchsorted(list(_NEWSLETTERS.values()), at), 1)


@dataclass(frozen=True)
class CampaignEvents:
    """Events of one chunk with their instants; how many messages were sent, who unsubscribed (position) and when."""

    at: Ints
    rows: pa.Table
    sent: int
    leaver: Ints
    left_at: Ints


def make_events(rng: np.random.Generator, people: People, orders: Orders, agreed: Flags, chunk: int) -> CampaignEvents:
    """A welcome for everybody in the shop, and newsletters for those with an account who agreed to them."""
    person, campaign, sent_at, leaves = _messages(rng, people, orders, agreed)
    size = len(person)
    delivered = rng.random(size) < planted.P_MESSAGE_DELIVERED
    opened = delivered & (rng.random(size) < planted.P_MESSAGE_OPENED)
    clicked = opened & (rng.random(size) < planted.P_MESSAGE_CLICKED)
    converted = clicked & (rng.random(size) < planted.P_MESSAGE_CONVERTED)
    opened_at = sent_at + 120 + (rng.exponential(8 * HOUR, size)).astype(np.int64)
    happened = np.stack([np.ones(size, dtype=bool), delivered, opened, clicked, converted, leaves])
    offsets = (0, 60, 0, 45, 1_200, 90)
    when = np.stack([sent_at + offsets[0], sent_at + offsets[1], *(opened_at + seconds for seconds in offsets[2:])])
    kind, message = np.nonzero(happened & (when < CUT))
    at = when[kind, message]
    order = np.lexsort((kind, at))
    kind, message, at = kind[order], message[order], at[order]
    who = person[message]
    rows = table(
        event_id=ids("M", chunk * EVENTS_PER_CHUNK + np.arange(len(at)) + 1, width=9),
        contact_id=people.shop_id.take(pa.array(who)),
        email=keep(people.is_guest[who], people.shop_email.take(pa.array(who))),
        campaign_id=pick(CAMPAIGNS, campaign[message]),
        campaign_type=pick(("welcome", "newsletter"), np.minimum(campaign[message], 1)),
        event=pick(_KINDS, kind),
        occurred_at=instants(at),
    )
    is_leaving = kind == _KINDS.index("unsubscribed")
    return CampaignEvents(at, rows, int((kind == 0).sum()), who[is_leaving], at[is_leaving])


def _messages(
    rng: np.random.Generator, people: People, orders: Orders, agreed: Flags
) -> tuple[Ints, Ints, Ints, Flags]:
    """Whom each message goes to, of which campaign, when, and whether the reader unsubscribes on it."""
    has_account = pc.is_valid(people.shop_id).to_numpy(zero_copy_only=False)
    first_order = np.full(len(people), CUT, dtype=np.int64)
    np.minimum.at(first_order, orders.person, orders.at)
    # A guest is known by the first order and not before.
    welcomed_at = np.where(has_account, people.acquired_at, first_order) + HOUR
    welcomed = np.flatnonzero((has_account | people.is_guest) & (welcomed_at < CUT))

    reader = np.flatnonzero(has_account & agreed)
    number = np.arange(1, len(CAMPAIGNS))
    sent_at = np.array(list(_NEWSLETTERS.values()), dtype=np.int64)
    gets = people.acquired_at[reader][:, None] < sent_at[None, :]
    leaves = gets & (rng.random(gets.shape) < planted.P_UNSUBSCRIBED)
    # Nothing is sent to those who left with an earlier one.
    gets &= np.cumsum(leaves, axis=1) - leaves == 0
    row, column = np.nonzero(gets)
    seconds = (rng.random(len(row)) * HOUR).astype(np.int64)
    return (
        np.concatenate([welcomed, reader[row]]),
        np.concatenate([np.zeros(len(welcomed), dtype=np.int64), number[column]]),
        np.concatenate([welcomed_at[welcomed], sent_at[column] + seconds]),
        np.concatenate([np.zeros(len(welcomed), dtype=bool), leaves[row, column]]),
    )


def make_costs(rng: np.random.Generator) -> pa.Table:
    """What the shop paid each month for search ads, by segment, and each quarter for its newsletter."""
    segments = np.tile(np.arange(len(planted.SEGMENTS)), len(MONTH_STARTS) - 1)
    month = np.repeat(np.arange(len(MONTH_STARTS) - 1), len(planted.SEGMENTS))
    sent_at = np.array(list(_NEWSLETTERS.values()), dtype=np.int64)
    quarter = np.searchsorted(MONTH_STARTS, sent_at, side="right") - 1
    is_ad = np.arange(len(month) + len(quarter)) < len(month)
    first = np.concatenate([month, quarter])
    size = len(first)
    dollars: Floats = np.where(is_ad, 400 + 800 * rng.random(size), 150 + 100 * rng.random(size))
    newsletter = np.concatenate([np.zeros(len(month), dtype=np.int64), 1 + np.arange(len(quarter))])
    return table(
        cost_id=ids("MC", np.arange(size) + 1, width=4),
        campaign_id=keep(~is_ad, pick(CAMPAIGNS, newsletter)),
        segment=keep(is_ad, pick(planted.SEGMENTS, np.concatenate([segments, np.zeros(len(quarter), dtype=np.int64)]))),
        purpose=pick(("retention", "acquisition"), is_ad.astype(np.int64)),
        period_start=days(MONTH_STARTS[first]),
        period_end=days(MONTH_STARTS[first + 1]),
        amount=money(np.rint(dollars * 100).astype(np.int64)),
        currency=pick(CURRENCIES, np.arange(size) % 2),
    )
