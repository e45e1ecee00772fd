"""Quality reviews: which tickets and interactions are judged, by whom, and how they score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import parameters as planted
from ingest.demo.columns import DAY, HOUR, Ints, choose, constant, draw, ids, instants, keep, numbers, pick, table
from ingest.demo.interactions import Interactions
from ingest.demo.people import CUT
from ingest.demo.service import Tickets
from ingest.demo.service_centre import FORM, ITEMS, agent_ids
from ingest.demo.stories import NEVER

REVIEWS_PER_CHUNK = 1_000_000

# Who judges, and who judges these; the second of each pair takes part in calibrations.
_REVIEWERS, _SECOND_REVIEWERS = (1, 7), (13, 19)
_PRIVACY = [item for item, *_ in ITEMS].index("PRIVACY")
_STEPS = [item for item, *_ in ITEMS].index("STEPS")
# Agents of the second team follow the steps less well than others.
_UNTRAINED_AGENTS = range(6, 12)
_CAUSES = ("knowledge", "process", "tool")


@dataclass(frozen=True)
class Reviews:
    """Reviews and their answers of one chunk, with the instants of the reviews, and how often what happens."""

    rows: pa.Table
    at: Ints
    answers: pa.Table
    answered_at: Ints
    failed: int
    targeted: int
    not_applicable: int


def make_reviews(rng: np.random.Generator, tickets: Tickets, interactions: Interactions, chunk: int) -> Reviews:
    """Draw reviews of solved tickets and of interactions with agents; some are judged twice, to compare."""
    solved = tickets.first_solved_at < NEVER
    chosen = np.flatnonzero(
        solved & ~tickets.is_spam & ~tickets.is_merged & (rng.random(len(solved)) < planted.P_TICKET_REVIEWED)
    )
    assignee = tickets.rows["assignee_id"].combine_chunks().take(pa.array(chosen))
    has_agent = np.array(pc.is_valid(assignee))
    chosen, assignee = chosen[has_agent], assignee.filter(pa.array(has_agent))
    agent_of_ticket = pc.cast(pc.utf8_slice_codeunits(assignee, 3), pa.int64()).to_numpy() - 1
    served = np.flatnonzero(
        (interactions.agent >= 0) & (rng.random(len(interactions.agent)) < planted.P_INTERACTION_REVIEWED)
    )
    agent = np.concatenate([agent_of_ticket, interactions.agent[served]])
    since = np.concatenate([tickets.first_solved_at[chosen], interactions.at[served]])
    subject = np.arange(len(agent))
    of_ticket = subject < len(chosen)
    at = since + HOUR + (rng.random(len(agent)) * 6 * DAY).astype(np.int64)
    targeted = rng.random(len(agent)) < planted.P_REVIEW_TARGETED
    calibrated = ~targeted & (rng.random(len(agent)) < planted.P_REVIEW_CALIBRATED)

    twice = np.flatnonzero(calibrated)
    row = np.concatenate([subject, twice])
    is_second = np.arange(len(row)) >= len(subject)
    pair = np.where(is_second, _SECOND_REVIEWERS[0], _REVIEWERS[0])
    other = np.where(is_second, _SECOND_REVIEWERS[1], _REVIEWERS[1])
    reviewer = np.where(agent[row] == pair, other, pair)
    at = at[row] + is_second * 2 * HOUR
    happened = at < CUT
    row, reviewer, at = row[happened], reviewer[happened], at[happened]
    size = len(row)
    number = chunk * REVIEWS_PER_CHUNK + np.arange(size) + 1
    review_id = ids("QR-", number, width=8)
    ticket_id = tickets.rows["ticket_id"].combine_chunks().take(pa.array(chosen))
    interaction_id = interactions.rows["interaction_id"].combine_chunks().take(pa.array(served))
    subject_id = pa.concat_arrays([ticket_id, interaction_id]).take(pa.array(row))
    rows = table(
        review_id=review_id,
        form_id=constant(FORM, size),
        agent_id=agent_ids(agent[row]),
        reviewer_id=agent_ids(reviewer),
        ticket_id=keep(of_ticket[row], subject_id),
        interaction_id=keep(~of_ticket[row], subject_id),
        reviewed_at=instants(at),
        sampling_method=choose(targeted[row], "targeted", "random"),
        is_calibration=pa.array(calibrated[row]),
        calibration_id=keep(calibrated[row], ids("CAL-", chunk * REVIEWS_PER_CHUNK + row + 1, width=8)),
        updated_at=instants(at),
    )
    review = np.repeat(np.arange(size), len(ITEMS))
    item = np.tile(np.arange(len(ITEMS)), size)
    score = 1 + draw(rng, len(review), (0.03, 0.07, 0.2, 0.4, 0.3))
    untrained = np.isin(agent[row][review], _UNTRAINED_AGENTS) & (item == _STEPS)
    score = np.where(untrained, np.maximum(score - 1, 1), score)
    passes = rng.random(len(review)) >= planted.P_CRITICAL_FAILED
    score = np.where(item == _PRIVACY, passes.astype(np.int64), score)
    applies = (item == _PRIVACY) | (rng.random(len(review)) >= planted.P_NOT_APPLICABLE)
    is_low = applies & (item != _PRIVACY) & (score <= 2)
    answers = table(
        review_id=review_id.take(pa.array(review)),
        item_id=pick([each[0] for each in ITEMS], item),
        score=numbers(score, applies),
        root_cause=keep(is_low, pick(_CAUSES, rng.integers(0, len(_CAUSES), len(review)))),
        comment=keep(is_low, constant("Please go through this once more.", len(review))),
    )
    return Reviews(
        rows=rows,
        at=at,
        answers=answers,
        answered_at=at[review],
        failed=int(((item == _PRIVACY) & ~passes).sum()),
        targeted=int(targeted[row].sum()),
        not_applicable=int((~applies).sum()),
    )
