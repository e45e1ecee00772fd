"""What the web shop knows of people beside what they do: what they agreed to, what they are like, whom they brought.

Only who has an account there is known so. Everybody says at joining whether the shop may write to them; whoever
unsubscribes from a newsletter takes it back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import parameters as planted
from ingest.demo.campaigns import CampaignEvents
from ingest.demo.columns import DAY, Flags, Ints, constant, draw, ids, instants, keep, pick, table
from ingest.demo.people import CUT, START, People

REFERRALS_PER_CHUNK = 1_000_000

_TRAITS = (
    ("pain_point", "waits too long for a reply"),
    ("pain_point", "finds returns tedious"),
    ("motivation", "wants things that last"),
    ("motivation", "buys presents"),
    ("habit", "buys in the evening"),
    ("habit", "compares prices first"),
    ("preference", "likes muted colours"),
    ("preference", "wants little packaging"),
)


def account_holders(people: People) -> Ints:
    """Positions of the people who have an account in the shop."""
    return np.flatnonzero(pc.is_valid(people.shop_id).to_numpy(zero_copy_only=False))


def make_agreements(rng: np.random.Generator, people: People) -> Flags:
    """Of everybody whether they agreed to be written to, when they joined."""
    return rng.random(len(people)) < planted.P_AGREED


@dataclass(frozen=True)
class Consents:
    """Statements of one chunk with their instants; how many of them take back what was agreed to."""

    at: Ints
    rows: pa.Table
    withdrawn: int


def make_consents(rng: np.random.Generator, people: People, agreed: Flags, events: CampaignEvents) -> Consents:
    """What everybody said about e-mail at joining, some about text messages later, and who took it back."""
    holder = account_holders(people)
    texted = holder[rng.random(len(holder)) < 0.3]
    later = people.acquired_at[texted] + (rng.random(len(texted)) * (CUT - people.acquired_at[texted])).astype(np.int64)
    person = np.concatenate([holder, texted, events.leaver])
    kind = np.repeat(np.arange(3), (len(holder), len(texted), len(events.leaver)))
    at = np.concatenate([people.acquired_at[holder], later, events.left_at])
    granted = np.where(kind == 0, agreed[person], (kind == 1) & (rng.random(len(person)) < 0.5))
    rows = table(
        contact_id=people.shop_id.take(pa.array(person)),
        channel=pick(("email", "sms"), (kind == 1).astype(np.int64)),
        purpose=constant("marketing", len(person)),
        granted=pa.array(granted.astype(bool)),
        effective_at=instants(at),
    )
    return Consents(at, rows, len(events.leaver))


@dataclass(frozen=True)
class Traits:
    """Traits of one chunk, with the instant since which each holds."""

    at: Ints
    rows: pa.Table


def make_traits(rng: np.random.Generator, people: People) -> Traits:
    """A trait of some people; one in five has passed."""
    holder = account_holders(people)
    person = holder[rng.random(len(holder)) < planted.TRAIT_SHARE]
    size = len(person)
    at = people.acquired_at[person] + (rng.random(size) * (CUT - people.acquired_at[person])).astype(np.int64)
    until = at + ((30 + rng.random(size) * 300) * DAY).astype(np.int64)
    trait = rng.integers(0, len(_TRAITS), size)
    rows = table(
        contact_id=people.shop_id.take(pa.array(person)),
        trait_type=pick([kind for kind, _ in _TRAITS], trait),
        trait=pick([words for _, words in _TRAITS], trait),
        origin=pick(("stated", "coded", "observed"), draw(rng, size, (0.3, 0.4, 0.3))),
        valid_from=instants(at),
        valid_to=instants(until, (rng.random(size) < 0.2) & (until < CUT)),
    )
    return Traits(at, rows)


@dataclass(frozen=True)
class Referrals:
    """Referrals of one chunk with their instants; how many of them brought somebody."""

    at: Ints
    rows: pa.Table
    converted: int


def make_referrals(rng: np.random.Generator, people: People, chunk: int) -> Referrals:
    """Some who joined had been referred, by somebody who was there before; as many referrals brought nobody."""
    holder = account_holders(people)
    holder = holder[np.argsort(people.acquired_at[holder], kind="stable")]
    # The earliest tenth refers, and nobody before the first of them.
    early = holder[: max(1, len(holder) // 10)]
    late = holder[len(early) :]
    came = late[rng.random(len(late)) < planted.REFERRED_SHARE]
    size = 2 * len(came)
    is_converted = np.arange(size) < len(came)
    referrer = early[rng.integers(0, len(early), size)]
    since = people.acquired_at[referrer]
    converted_at = np.concatenate([people.acquired_at[came], np.full(len(came), CUT)])
    spread = np.where(is_converted, np.minimum(converted_at - since, 20 * DAY), CUT - since)
    at = np.maximum(converted_at - 1 - (rng.random(size) * spread).astype(np.int64), START)
    contact = people.shop_id.take(pa.array(np.concatenate([came, came])))
    rows = table(
        referral_id=ids("RF", chunk * REFERRALS_PER_CHUNK + np.arange(size) + 1, width=8),
        referrer_contact_id=people.shop_id.take(pa.array(referrer)),
        referred_contact_id=keep(is_converted, contact),
        referred_at=instants(at),
        converted_at=instants(converted_at, is_converted),
    )
    return Referrals(at, rows, len(came))
