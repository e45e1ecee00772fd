"""What happens to tickets and when: the story of each ticket before it becomes rows.

Reply instants are drawn in business seconds of the team's schedule and converted exactly, so the planted medians hold
across nights, weekends, holidays and clock changes. Each ticket is a row of instants, one per possible event (a slot);
events at or after the cut have not happened. Files and columns belong to ``service``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from ingest.demo import parameters as planted
from ingest.demo.calendars import BusinessClock
from ingest.demo.columns import DAY, HOUR, Flags, Ints, draw
from ingest.demo.people import CUT, START, People

NEVER = CUT + 10_000 * DAY


@dataclass(frozen=True)
class Stories:
    """What is decided about each ticket before its events are laid out in time."""

    person: Ints
    team: Ints
    created_at: Ints
    is_merged: Flags
    is_spam: Flags
    follows: Ints

    def __len__(self) -> int:
        return len(self.person)


# The possible events of a ticket in the order in which they can happen: type, actor, public, new value.
SLOTS: tuple[tuple[str, str, bool | None, str | None], ...] = (
    ("status", "opener", None, "new"),
    ("comment", "opener", True, None),
    ("comment", "bot", True, None),
    ("assignee", "system", None, "assignee"),
    ("team", "agent", None, "team"),
    ("status", "agent", None, "open"),
    ("comment", "agent", False, None),
    ("status", "agent", None, "hold"),
    ("status", "agent", None, "open"),
    ("comment", "agent", True, None),
    ("status", "agent", None, "pending"),
    ("comment", "customer", True, None),
    ("status", "customer", None, "open"),
    ("comment", "agent", True, None),
    ("status", "agent", None, "solved"),
    ("status", "agent", None, "solved"),
    ("satisfaction", "system", None, "offered"),
    ("satisfaction", "customer", None, "first_rating"),
    ("satisfaction", "customer", None, "good"),
    ("comment", "customer", True, None),
    ("status", "customer", None, "open"),
    ("comment", "agent", True, None),
    ("status", "agent", None, "solved"),
    ("merge", "agent", None, "merge_target"),
    ("delete", "agent", None, None),
    ("status", "system", None, "closed"),
)
(
    NEW, OPENING, BOT_REPLY, ASSIGNED, TRANSFER, OPEN, NOTE, HOLD, RESUMED, FIRST_REPLY, PENDING, CUSTOMER_REPLY,
    ANSWERED, SECOND_REPLY, SOLVED, SAVED_AGAIN, OFFERED, RATED, RERATED, COMPLAINT, REOPENED, THIRD_REPLY,
    SOLVED_AGAIN, MERGE, DELETE, CLOSED,
) = range(len(SLOTS))  # fmt: skip


@dataclass(frozen=True)
class LaidOut:
    """``slots``: a row per ticket, a column per possible event, its instant there; NEVER where it does not happen."""

    slots: Ints
    agent_opened: Flags
    rated_good: Flags


_Parts = TypeVar("_Parts", Stories, LaidOut)


def draw_stories(
    rng: np.random.Generator, people: People, clock: Mapping[str, BusinessClock]
) -> tuple[Stories, LaidOut]:
    """Draw the first contacts of the chunk's persons, then the repeat contacts that some of them lead to."""
    stories = _first_contacts(rng, people, clock)
    first = _lay_out(rng, stories, clock, is_repeat=False)
    again = _repeats(rng, stories, first)
    second = _lay_out(rng, again, clock, is_repeat=True)
    return _stacked(stories, again), _stacked(first, second)


def _stacked(above: _Parts, below: _Parts) -> _Parts:
    names = [each.name for each in fields(above)]
    return type(above)(*(np.concatenate([getattr(above, name), getattr(below, name)]) for name in names))


def _first_contacts(rng: np.random.Generator, people: People, clock: Mapping[str, BusinessClock]) -> Stories:
    person = np.repeat(np.arange(len(people)), people.ticket_count)
    size = len(person)
    team = draw(rng, size, [each.share for each in planted.TEAMS])
    created_at = np.empty(size, dtype=np.int64)
    since = people.acquired_at[person]
    for position, each in enumerate(planted.TEAMS):
        mine = team == position
        hours = clock[each.schedule_id]
        begins, ends = hours.position(since[mine]), hours.position(np.array([CUT - 1]))[0]
        created_at[mine] = hours.instant(begins + (rng.random(int(mine.sum())) * (ends - begins)).astype(np.int64))
    anytime = rng.random(size) < 0.25
    created_at = np.where(anytime, since + (rng.random(size) * (CUT - 1 - since)).astype(np.int64), created_at)
    created_at = _some_at_clock_changes(rng, team, since, created_at, clock)
    kind = rng.random(size)
    is_merged = kind < planted.P_MERGED
    is_spam = (kind >= planted.P_MERGED) & (kind < planted.P_MERGED + planted.P_SPAM)
    return Stories(person, team, created_at, is_merged, is_spam, np.full(size, -1, dtype=np.int64))


def _some_at_clock_changes(
    rng: np.random.Generator, team: Ints, since: Ints, created_at: Ints, clock: Mapping[str, BusinessClock]
) -> Ints:
    """Some tickets are opened between Friday noon and Monday morning of a weekend on which the clocks change."""
    size = len(team)
    weekend = np.zeros(size, dtype=np.int64)
    for position, each in enumerate(planted.TEAMS):
        changes = clock[each.schedule_id].clock_changes
        changes = changes[(changes > START) & (changes < CUT - 7 * DAY)]
        weekend = np.where(team == position, changes[rng.integers(0, len(changes), size)], weekend)
    at = weekend - 36 * HOUR + (rng.random(size) * 64 * HOUR).astype(np.int64)
    moved = (rng.random(size) < planted.P_CLOCK_CHANGE_WEEKEND) & (at > since)
    return np.where(moved, at, created_at)


def _repeats(rng: np.random.Generator, stories: Stories, laid_out: LaidOut) -> Stories:
    """Contacts by the same person about the same thing within 6.5 days of the solution."""
    chance = np.array([each.p_repeat for each in planted.TEAMS])[stories.team]
    solved_at = laid_out.slots[:, SOLVED]
    created_at = solved_at + HOUR + (rng.random(len(stories)) * 6.4 * DAY).astype(np.int64)
    normal = ~stories.is_merged & ~stories.is_spam & (laid_out.slots[:, DELETE] == NEVER)
    chosen = np.flatnonzero((rng.random(len(stories)) < chance) & normal & (solved_at < CUT) & (created_at < CUT - 1))
    size = len(chosen)
    follows = np.where(rng.random(size) < 0.3, chosen, -1)
    no = np.zeros(size, dtype=bool)
    return Stories(stories.person[chosen], stories.team[chosen], created_at[chosen], no, no, follows)


def _lay_out(
    rng: np.random.Generator, stories: Stories, clock: Mapping[str, BusinessClock], *, is_repeat: bool
) -> LaidOut:
    size = len(stories)
    created = stories.created_at
    per_team = {
        name: np.array([getattr(each, name) for each in planted.TEAMS])[stories.team]
        for name in ("median_reply_minutes", "spread", "p_second_reply", "p_reopen")
    }

    def chance(probability: float | np.ndarray) -> Flags:
        return rng.random(size) < probability

    def business(minutes: np.ndarray) -> Ints:
        return np.maximum(np.rint(minutes * 60), 1).astype(np.int64)

    def after(start: Ints, seconds: Ints) -> Ints:
        result = np.full(size, NEVER, dtype=np.int64)
        known = start < NEVER
        for position, each in enumerate(planted.TEAMS):
            mine = known & (stories.team == position)
            hours = clock[each.schedule_id]
            late = hours.position(np.minimum(start[mine], CUT + 300 * DAY)) + seconds[mine]
            result[mine] = hours.instant(late)
        return result

    normal = ~stories.is_merged & ~stories.is_spam
    agent_opened = normal & chance(planted.P_AGENT_OPENED) & (not is_repeat)
    silent = chance(planted.P_NEVER_REPLIED)
    no_reply_needed = ~silent & chance(planted.P_SOLVED_WITHOUT_REPLY)
    closed_unsolved = ~silent & chance(planted.P_CLOSED_UNSOLVED)

    reply_seconds = business(per_team["median_reply_minutes"] * np.exp(rng.normal(0, 1, size) * per_team["spread"]))
    reply = np.where(normal & ~silent, after(created, reply_seconds), NEVER)
    assigned = np.where(normal & ~silent, after(created, (reply_seconds * 0.3).astype(np.int64)), NEVER)
    transfer = np.where(chance(planted.P_TRANSFER), assigned, NEVER)
    note = np.where(chance(planted.P_PRIVATE_NOTE), np.where(reply < NEVER, (assigned + reply) // 2, NEVER), NEVER)
    held = chance(planted.P_ON_HOLD) & (reply < NEVER)
    hold = np.where(held, assigned + (reply - assigned) // 3, NEVER)
    resumed = np.where(held, assigned + (reply - assigned) * 2 // 3, NEVER)

    second = chance(per_team["p_second_reply"]) & (reply < NEVER) & ~no_reply_needed
    pending = np.where(second, reply, NEVER)
    customer_reply = np.where(second, reply + HOUR + (rng.random(size) * 2 * DAY).astype(np.int64), NEVER)
    second_reply = after(customer_reply, business(per_team["median_reply_minutes"] * np.exp(rng.normal(0, 0.7, size))))
    last_reply = np.where(second, second_reply, reply)
    # Half of the tickets are solved with the reply itself, at the same instant.
    with_reply = chance(0.5)
    later = after(last_reply, business(90 * np.exp(rng.normal(0, 1, size))))
    solved = np.where(with_reply, last_reply, later)
    solved = np.where(closed_unsolved, NEVER, solved)
    reply = np.where(no_reply_needed, NEVER, reply)
    saved_again = np.where(chance(planted.P_SAVED_AGAIN) & (solved < NEVER), solved + 5 * 60, NEVER)

    reopens = chance(per_team["p_reopen"]) & (solved < NEVER)
    reopened = np.where(reopens, solved + 2 * HOUR + (rng.random(size) * 3 * DAY).astype(np.int64), NEVER)
    third_reply = after(reopened, business(per_team["median_reply_minutes"] * np.exp(rng.normal(0, 0.7, size))))
    last_solved = np.where(reopens, third_reply, solved)

    merged = np.where(stories.is_merged, created + 600 + (rng.random(size) * 4 * HOUR).astype(np.int64), NEVER)
    spam_closed = np.where(stories.is_spam, created + 60 + (rng.random(size) * 12 * HOUR).astype(np.int64), NEVER)
    closed = np.where(last_solved < NEVER, last_solved + 4 * DAY, NEVER)
    closed = np.where(closed_unsolved & (last_reply < NEVER), last_reply + 10 * DAY, closed)
    closed = np.where(stories.is_merged, merged, np.where(stories.is_spam, spam_closed, closed))
    deleted = np.where(chance(planted.P_DELETED) & normal, created + 5 * HOUR, NEVER)

    offered = np.where(chance(planted.P_RATING_OFFERED) & (solved < NEVER), solved + 30 * 60, NEVER)
    rated = np.where(chance(planted.P_RATED), np.where(offered < NEVER, offered + 20 * 60, NEVER), NEVER)
    rated_good = chance(planted.P_RATED_GOOD)
    changed = chance(planted.P_RATING_CHANGED) & ~rated_good & (rated < NEVER)
    bot = np.where(chance(planted.P_BOT_REPLY) & normal & ~agent_opened, created + 5, NEVER)
    nothing = np.full(size, NEVER, dtype=np.int64)
    slots = {
        NEW: created, OPENING: created, BOT_REPLY: bot, ASSIGNED: assigned, TRANSFER: transfer, OPEN: assigned,
        NOTE: note, HOLD: hold, RESUMED: resumed, FIRST_REPLY: reply, PENDING: pending, CUSTOMER_REPLY: customer_reply,
        ANSWERED: customer_reply, SECOND_REPLY: second_reply, SOLVED: solved, SAVED_AGAIN: saved_again,
        OFFERED: offered, RATED: rated, RERATED: np.where(changed, rated + 3 * 60, NEVER),
        COMPLAINT: reopened, REOPENED: reopened, THIRD_REPLY: third_reply,
        SOLVED_AGAIN: np.where(reopens, third_reply, NEVER), MERGE: merged, DELETE: deleted, CLOSED: closed,
    }  # fmt: skip
    matrix = np.stack([slots.get(slot, nothing) for slot in range(len(SLOTS))], axis=1).astype(np.int64)
    matrix[matrix >= CUT] = NEVER
    # Nothing happens to a ticket after it was deleted.
    gone = matrix > matrix[:, DELETE][:, None]
    matrix[gone] = NEVER
    return LaidOut(matrix, agent_opened, rated_good)
