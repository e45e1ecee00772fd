"""Cases: who is followed up after a bad answer, a complaint or a badly rated ticket, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import parameters as planted
from ingest.demo.columns import DAY, HOUR, Ints, constant, draw, ids, instants, keep, pick, table
from ingest.demo.people import CUT
from ingest.demo.service import Tickets
from ingest.demo.service_centre import agent_ids
from ingest.demo.social import Posts
from ingest.demo.surveys import Answered

CASES_PER_CHUNK = 1_000_000

_TYPES = ("response", "post", "ticket")
_REASONS = ("detractor", "complaint", "bad rating")
_OUTCOMES = ("apology accepted", "refund", "no answer", "customer stays")
# The team care, which follows up, by the numbers of its agents; the last of all left before the end.
_OWNERS = (18, 19, 20, 21, 22)


@dataclass(frozen=True)
class Cases:
    """Cases of one chunk and when each was opened; how many are closed."""

    rows: pa.Table
    at: Ints
    closed: int


def make_cases(rng: np.random.Generator, answered: Answered, posts: Posts, tickets: Tickets, chunk: int) -> Cases:
    """Draw the cases that what customers said leads to."""
    detractors = answered.nps_truth.filter(pc.equal(answered.nps_truth["nps_group"], "detractor"))
    complaints = posts.posts.filter(posts.posts["needs_reply"])
    bad = tickets.rows.filter(pc.equal(tickets.rows["satisfaction"], "bad"))
    said = (
        (detractors["response_id"], detractors["responded_at"]),
        (complaints["post_id"], complaints["posted_at"]),
        (bad["ticket_id"], bad["satisfaction_at"]),
    )
    source_id = pa.chunked_array([chunk for name, _ in said for chunk in name.chunks], pa.string()).combine_chunks()
    seconds = [pc.cast(at, pa.int64()).to_numpy() for _, at in said]
    kind = np.repeat(np.arange(len(said)), [len(at) for at in seconds])
    said_at = np.concatenate(seconds)
    created_at = said_at + HOUR + (rng.random(len(said_at)) * 11 * HOUR).astype(np.int64)
    share = np.array([planted.P_FOLLOWED_UP[name] for name in _TYPES])
    opened = np.flatnonzero((rng.random(len(said_at)) < share[kind]) & (created_at < CUT))
    kind, created_at = kind[opened], created_at[opened]
    size = len(opened)
    contacted_at = created_at + (rng.lognormal(2.6, 0.9, size) * HOUR).astype(np.int64)
    is_contacted = (rng.random(size) >= planted.P_NEVER_CONTACTED) & (contacted_at < CUT)
    closed_at = contacted_at + ((0.5 + rng.random(size) * 8) * DAY).astype(np.int64)
    is_closed = is_contacted & (rng.random(size) < 0.9) & (closed_at < CUT)
    rows = table(
        case_id=ids("FU-", chunk * CASES_PER_CHUNK + np.arange(size) + 1, width=8),
        source_type=pick(_TYPES, kind),
        source_id=source_id.take(pa.array(opened)),
        owner=agent_ids(np.array(_OWNERS)[rng.integers(0, len(_OWNERS), size)]),
        team=constant("care", size),
        reason=pick(_REASONS, kind),
        created_at=instants(created_at),
        first_contacted_at=instants(contacted_at, is_contacted),
        closed_at=instants(closed_at, is_closed),
        outcome=keep(is_closed, pick(_OUTCOMES, draw(rng, size, (0.4, 0.2, 0.2, 0.2)))),
        updated_at=instants(np.where(is_closed, closed_at, np.where(is_contacted, contacted_at, created_at))),
    )
    return Cases(rows, created_at, int(is_closed.sum()))
