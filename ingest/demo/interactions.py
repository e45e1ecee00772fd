"""Calls, chats, visits and meetings, as the service centre notes them: of people's own accord, about tickets, and about
opportunities. It knows people by their e-mail address and has no contacts of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import parameters as planted
from ingest.demo.columns import DAY, HOUR, Flags, Ints, Text, draw, ids, instants, join, keep, pick, table
from ingest.demo.helpdesk import AGENTS_PER_TEAM, TEAM_NAMES
from ingest.demo.people import CUT, People
from ingest.demo.sales import Opportunities
from ingest.demo.service import Tickets
from ingest.demo.service_centre import agent_ids

INTERACTIONS_PER_CHUNK = 1_000_000

# What happens: channel, direction, reason, touchpoint, outcome.
_KINDS = (
    ("phone", "inbound", "question", "support", "answered"),
    ("store", "inbound", "purchase", "purchase", "advised"),
    ("phone", "outbound", "renewal", "relationship", "informed"),
    ("chat", "inbound", "question", "support", "answered"),
    ("in_person", "outbound", "negotiation", "purchase", "continued"),
)
_CALL, _VISIT, _PROACTIVE, _CHAT, _MEETING = range(len(_KINDS))
_SHARES = (0.5, 0.2, 0.15, 0.15)
_NOTES = ("Asked where the parcel is.", "Wanted to know the price.", "Asked how to change the address.", None)
# The last agent of all left before the end.
_AGENTS = len(TEAM_NAMES) * AGENTS_PER_TEAM - 1


@dataclass(frozen=True)
class Interactions:
    """Interactions of one chunk: rows, when each began, with whom, and by which agent (-1 for salespeople)."""

    rows: pa.Table
    at: Ints
    person: Ints
    agent: Ints
    about_tickets: int


def make_interactions(
    rng: np.random.Generator, people: People, tickets: Tickets, opportunities: Opportunities, chunk: int
) -> Interactions:
    """Draw what the chunk's persons, but for guests of the shop, have to do with the service centre."""
    own = np.repeat(np.arange(len(people)), draw(rng, len(people), planted.INTERACTIONS_PER_PERSON))
    own = own[~people.is_guest[own]]
    own_at = people.acquired_at[own] + (rng.random(len(own)) * (CUT - HOUR - people.acquired_at[own])).astype(np.int64)

    called_at = tickets.created_at + HOUR + (rng.random(len(tickets.person)) * 2 * DAY).astype(np.int64)
    calls = (rng.random(len(tickets.person)) < planted.P_CALLED_ABOUT_TICKET) & (called_at < CUT - HOUR)
    ticket = np.flatnonzero(calls & ~tickets.is_spam & ~tickets.is_merged & ~people.is_guest[tickets.person])

    buyer = pc.index_in(opportunities.rows["contact_id"], value_set=people.crm_id).to_numpy().astype(np.int64)
    met_at = opportunities.at + ((1 + rng.random(len(buyer)) * 10) * DAY).astype(np.int64)
    # Nobody is met before the CRM knows them: a call would make them a customer sooner.
    deal = np.flatnonzero((met_at < CUT - HOUR) & (met_at > people.acquired_at[buyer]))

    person = np.concatenate([own, tickets.person[ticket], buyer[deal]])
    at = np.concatenate([own_at, called_at[ticket], met_at[deal]])
    size = len(person)
    group = np.repeat([0, 1, 2], [len(own), len(ticket), len(deal)])
    kind = np.where(group == 0, draw(rng, size, _SHARES), np.where(group == 1, _CALL, _MEETING))
    agent = rng.integers(0, _AGENTS, size)
    of_team = tickets.team[ticket] * AGENTS_PER_TEAM + rng.integers(0, AGENTS_PER_TEAM, len(ticket))
    agent[group == 1] = np.minimum(of_team, _AGENTS - 1)
    agent[kind == _MEETING] = -1

    ended_at = at + 60 + (rng.lognormal(5.5, 0.7, size)).astype(np.int64)
    is_ended = ended_at < CUT
    replied_at = at + 15 + (rng.lognormal(4.5, 0.8, size)).astype(np.int64)
    is_replied = (kind == _CHAT) & (rng.random(size) < 0.95) & (replied_at < CUT)
    known_until = np.where(is_ended, ended_at, at)
    number = chunk * INTERACTIONS_PER_CHUNK + np.arange(size) + 1

    def word(position: int) -> Text:
        return pick([each[position] for each in _KINDS], kind)

    rows = table(
        interaction_id=ids("INT-", number, width=8),
        email=people.email.take(pa.array(person)),
        channel=word(0),
        opportunity_id=_named(opportunities.rows["opportunity_id"], deal, group == 2),
        location_id=keep(kind == _VISIT, join("LOC-", pick(planted.COUNTRIES, people.country[person]))),
        touchpoint=word(3),
        reason=word(2),
        direction=word(1),
        is_proactive=pa.array(kind == _PROACTIVE),
        agent_id=keep(agent >= 0, agent_ids(np.maximum(agent, 0))),
        started_at=instants(at),
        ended_at=instants(ended_at, is_ended),
        device=keep(kind == _CHAT, pick(("mobile", "desktop"), number % 2)),
        ticket_id=_named(tickets.rows["ticket_id"], ticket, group == 1),
        needs_reply=pa.array(kind == _CHAT),
        replied_at=instants(replied_at, is_replied),
        outcome=keep(is_ended, word(4)),
        body=keep(kind == _CALL, pick(_NOTES, rng.integers(0, len(_NOTES), size))),
        updated_at=instants(np.where(is_replied, np.maximum(known_until, replied_at), known_until)),
    )
    return Interactions(rows, at, person, agent, len(ticket))


def _named(names: pa.ChunkedArray, chosen: Ints, where: Flags) -> Text:
    """The chosen names in the rows marked, in order; null elsewhere."""
    positions = np.zeros(len(where), dtype=np.int64)
    positions[where] = chosen
    if not len(names):
        return pa.nulls(len(where), pa.string())
    return keep(where, names.combine_chunks().take(pa.array(positions)))
