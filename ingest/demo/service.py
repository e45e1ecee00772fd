"""The help desk: agents, opening hours, tickets and their events.

Reply instants are drawn in business seconds of the team's schedule and converted exactly, so the planted medians hold
across nights, weekends, holidays and clock changes. Each ticket is a row of instants, one per possible event; events at
or after the cut have not happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TypeVar

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.calendars import SCHEDULES, BusinessClock
from ingest.demo.columns import (
    DAY,
    HOUR,
    Flags,
    Ints,
    Text,
    choose,
    constant,
    draw,
    ids,
    instants,
    join,
    keep,
    numbers,
    pick,
    table,
)
from ingest.demo.people import CUT, START, People, spell_email

TICKETS_PER_CHUNK = 100_000
AGENTS_PER_TEAM = 6
BOT = "AG-BOT"
NEVER = CUT + 10_000 * DAY

_CHANNELS = ("email", "web", "chat", "phone")
_PRIORITIES = ("low", "normal", "high", "urgent")
_TEAMS = [team.name for team in planted.TEAMS]
_SUBJECTS = {
    "billing": "Question about an invoice",
    "delivery": "Where is my parcel?",
    "onboarding": "Help with getting started",
    "technical": "Something does not work",
}


def clocks() -> dict[str, BusinessClock]:
    """Business clocks by schedule, wide enough for replies to the last tickets."""
    first, last = planted.FIRST_DAY - timedelta(days=7), planted.CUT + timedelta(days=400)
    return {schedule.schedule_id: BusinessClock(schedule, first, last) for schedule in SCHEDULES}


def schedules() -> pa.Table:
    """Weekly opening hours, one row per schedule and weekday."""
    rows = [
        (schedule.schedule_id, schedule.timezone, day, opens, closes, schedule.is_default)
        for schedule in SCHEDULES
        for day, (opens, closes) in sorted(schedule.hours.items())
    ]
    names = ("schedule_id", "timezone", "weekday", "opens_at", "closes_at", "is_default")
    return pa.table(dict(zip(names, map(pa.array, zip(*rows, strict=True)), strict=True)))


def holidays() -> pa.Table:
    """Days on which a schedule is closed."""
    rows = [(each.schedule_id, day, name) for each in SCHEDULES for day, name in sorted(each.holidays.items())]
    names = ("schedule_id", "holiday_date", "name")
    return pa.table(dict(zip(names, map(pa.array, zip(*rows, strict=True)), strict=True)))


def agents() -> pa.Table:
    """Agents of every team, a bot, one agent who changed team and became a lead, and one who left."""
    size = len(_TEAMS) * AGENTS_PER_TEAM
    number = np.arange(size)
    base = table(
        agent_id=ids("AG-", number + 1, width=3),
        name=join("Agent ", ids("", number + 1)),
        email=join("agent", ids("", number + 1), "@cx360.example"),
        team=pick(_TEAMS, number // AGENTS_PER_TEAM),
        role=constant("agent", size),
        is_bot=pa.array(np.zeros(size, dtype=bool)),
        hired_at=instants(np.full(size, START)),
        left_at=instants(np.full(size, START + 500 * DAY), number == size - 1),
        valid_from=instants(np.full(size, START)),
    )
    changed = base.slice(1, 1)
    for name, value in (("team", pa.array(["technical"])), ("role", pa.array(["lead"]))):
        changed = changed.set_column(changed.column_names.index(name), name, value)
    moved_at = instants(np.array([START + 365 * DAY]))
    changed = changed.set_column(changed.column_names.index("valid_from"), "valid_from", moved_at)
    bot = table(
        agent_id=pa.array([BOT]),
        name=pa.array(["Answer bot"]),
        email=pa.array([None], pa.string()),
        team=pa.array([None], pa.string()),
        role=pa.array(["bot"]),
        is_bot=pa.array([True]),
        hired_at=instants(np.array([START])),
        left_at=pa.array([None], pa.timestamp("s", tz="UTC")),
        valid_from=instants(np.array([START])),
    )
    return pa.concat_tables([base, changed, bot])


@dataclass(frozen=True)
class _Stories:
    """What is decided about each ticket before its events are laid out in time."""

    person: Ints
    team: Ints
    created_at: Ints
    is_merged: Flags
    is_spam: Flags
    follows: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Tickets:
    """Tickets and events of one chunk with their truth, one row per ticket in ``truth``."""

    number: Ints
    person: Ints
    team: Ints
    created_at: Ints
    first_solved_at: Ints
    is_spam: Flags
    is_merged: Flags
    rows: pa.Table
    event_at: Ints
    events: pa.Table
    truth: pa.Table
    situations: Mapping[str, int]


# The possible events of a ticket in the order in which they can happen: type, actor, public, new value.
_SLOTS: tuple[tuple[str, str, bool | None, str | None], ...] = (
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
) = range(len(_SLOTS))  # fmt: skip


@dataclass(frozen=True)
class _LaidOut:
    """``slots``: a row per ticket, a column per possible event, its instant there; NEVER where it does not happen."""

    slots: Ints
    agent_opened: Flags
    rated_good: Flags


_Parts = TypeVar("_Parts", _Stories, _LaidOut)


def make_tickets(
    rng: np.random.Generator, people: People, clock: dict[str, BusinessClock], last_order: Text, chunk: int
) -> Tickets:
    """Draw every ticket of the chunk's persons, then the repeat contacts that some of them lead to."""
    stories = _first_contacts(rng, people, clock)
    first = _lay_out(rng, stories, clock, is_repeat=False)
    again = _repeats(rng, stories, first)
    second = _lay_out(rng, again, clock, is_repeat=True)
    return _tell(rng, people, _stacked(stories, again), _stacked(first, second), clock, last_order, chunk)


def _stacked(above: _Parts, below: _Parts) -> _Parts:
    names = [each.name for each in fields(above)]
    return type(above)(*(np.concatenate([getattr(above, name), getattr(below, name)]) for name in names))


def _first_contacts(rng: np.random.Generator, people: People, clock: dict[str, BusinessClock]) -> _Stories:
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
    return _Stories(person, team, created_at, is_merged, is_spam, np.full(size, -1, dtype=np.int64))


def _some_at_clock_changes(
    rng: np.random.Generator, team: Ints, since: Ints, created_at: Ints, clock: dict[str, BusinessClock]
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


def _repeats(rng: np.random.Generator, stories: _Stories, laid_out: _LaidOut) -> _Stories:
    """Contacts by the same person about the same thing within 6.5 days of the solution."""
    chance = np.array([each.p_repeat for each in planted.TEAMS])[stories.team]
    solved_at = laid_out.slots[:, SOLVED]
    created_at = solved_at + HOUR + (rng.random(len(stories)) * 6.4 * DAY).astype(np.int64)
    normal = ~stories.is_merged & ~stories.is_spam & (laid_out.slots[:, DELETE] == NEVER)
    chosen = np.flatnonzero((rng.random(len(stories)) < chance) & normal & (solved_at < CUT) & (created_at < CUT - 1))
    size = len(chosen)
    follows = np.where(rng.random(size) < 0.3, chosen, -1)
    no = np.zeros(size, dtype=bool)
    return _Stories(stories.person[chosen], stories.team[chosen], created_at[chosen], no, no, follows)


def _lay_out(
    rng: np.random.Generator, stories: _Stories, clock: dict[str, BusinessClock], *, is_repeat: bool
) -> _LaidOut:
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
    matrix = np.stack([slots.get(slot, nothing) for slot in range(len(_SLOTS))], axis=1).astype(np.int64)
    matrix[matrix >= CUT] = NEVER
    # Nothing happens to a ticket after it was deleted.
    gone = matrix > matrix[:, DELETE][:, None]
    matrix[gone] = NEVER
    return _LaidOut(matrix, agent_opened, rated_good)


def _tell(
    rng: np.random.Generator,
    people: People,
    stories: _Stories,
    laid_out: _LaidOut,
    clock: dict[str, BusinessClock],
    last_order: Text,
    chunk: int,
) -> Tickets:
    """Rows of tickets and events from the laid out instants."""
    size = len(stories)
    person, team, created = stories.person, stories.team, stories.created_at
    number = chunk * TICKETS_PER_CHUNK + 1 + np.arange(size)
    ticket_id = ids("", number + 100_000)
    who = pa.array(person)
    matrix = laid_out.slots
    happened = matrix < NEVER

    # An agent of the team; the last of all left after 500 days, so the first takes over.
    agent = team * AGENTS_PER_TEAM + rng.integers(0, AGENTS_PER_TEAM, size)
    agent = np.where((agent == len(_TEAMS) * AGENTS_PER_TEAM - 1) & (created > START + 450 * DAY), agent - 1, agent)
    assignee = ids("AG-", agent + 1, width=3)
    ordinary = np.flatnonzero(~stories.is_merged & ~stories.is_spam)
    target = ordinary[np.maximum(np.searchsorted(ordinary, np.arange(size)) - 1, 0)]
    merge_target = ticket_id.take(pa.array(target))
    team_name = pick(_TEAMS, team)
    requester = people.helpdesk_id.take(who)
    requester = keep(~stories.is_spam, requester)
    unknown = np.array(requester.is_null())
    by_phone = unknown & ~stories.is_spam & people.has_crm_phone[person] & (rng.random(size) < 0.3)
    spam_email = join("win", ids("", number), "@spam.example")
    email = choose(stories.is_spam, spam_email, spell_email(rng, people.email.take(who)))
    values = {
        "assignee": assignee,
        "team": team_name,
        "merge_target": merge_target,
        "first_rating": choose(laid_out.rated_good, "good", "bad"),
    }
    events, event_at, final_status = _events(rng, ticket_id, matrix, values, requester, assignee, laid_out.agent_opened)

    category = pick([each.category for each in planted.TEAMS], team)
    rating = happened[:, OFFERED].astype(np.int64)
    rating = np.where(happened[:, RATED], np.where(laid_out.rated_good | happened[:, RERATED], 2, 3), rating)
    rated_at = np.where(happened[:, RERATED], matrix[:, RERATED], matrix[:, RATED])
    schedule = [None if each.schedule_id == "SCH-WARSAW" else each.schedule_id for each in planted.TEAMS]
    order_known = (team == 2) & (rng.random(size) < 0.5) & ~stories.is_spam
    uncategorised = rng.random(size) < 0.04
    updated_at = np.where(happened, matrix, 0).max(axis=1)
    tags = np.array(["[]", '["vip"]', '["refund", "urgent"]'])[draw(rng, size, (0.8, 0.15, 0.05))]
    tag_type = pa.field("tags", pa.string(), metadata={"json": "1"})
    rows = table(
        ticket_id=ticket_id,
        requester_id=requester,
        requester_email=keep(unknown & ~by_phone, email),
        requester_phone=keep(by_phone, people.phone.take(who)),
        assignee_id=keep(happened[:, ASSIGNED], assignee),
        team=team_name,
        channel=choose(by_phone, "phone", pick(_CHANNELS, draw(rng, size, (0.4, 0.25, 0.25, 0.1)))),
        subject=pick([_SUBJECTS[each.category] for each in planted.TEAMS], team),
        category=keep(~uncategorised, category),
        type=pick(("question", "problem", "incident"), draw(rng, size, (0.6, 0.3, 0.1))),
        order_id=keep(order_known, last_order.take(who)),
        touchpoint=constant("support", size),
        is_complaint=pa.array(rng.random(size) < 0.12),
        priority=pick(_PRIORITIES, draw(rng, size, (0.15, 0.6, 0.2, 0.05))),
        status=final_status,
        tags=pa.array(tags.tolist(), pa.string()),
        language=pick(planted.COUNTRY_LANGUAGES, people.country[person]),
        created_at=instants(created),
        submitter_type=choose(laid_out.agent_opened, "agent", "customer"),
        is_spam=pa.array(stories.is_spam),
        merged_into_ticket_id=keep(stories.is_merged & happened[:, MERGE], merge_target),
        follow_up_of_ticket_id=keep(stories.follows >= 0, ticket_id.take(pa.array(np.maximum(stories.follows, 0)))),
        satisfaction=pick(("unoffered", "offered", "good", "bad"), rating),
        satisfaction_at=instants(rated_at, happened[:, RATED]),
        schedule_id=pick(schedule, team),
        is_deleted=pa.array(happened[:, DELETE]),
        updated_at=instants(updated_at),
    )
    rows = rows.cast(pa.schema([tag_type if field.name == "tags" else field for field in rows.schema]))
    truth = _truth(people, stories, number, team_name, category, matrix, clock, laid_out.agent_opened, uncategorised)
    return Tickets(
        number=number,
        person=person,
        team=team,
        created_at=created,
        first_solved_at=matrix[:, SOLVED],
        is_spam=stories.is_spam,
        is_merged=stories.is_merged,
        rows=rows,
        event_at=event_at,
        events=events,
        truth=truth,
        situations=_situations(stories, laid_out, clock, unknown & ~stories.is_spam),
    )


def _situations(
    stories: _Stories, laid_out: _LaidOut, clock: Mapping[str, BusinessClock], email_only: Flags
) -> dict[str, int]:
    """How often each thing happened that is easily read wrongly."""
    slots = laid_out.slots
    happened = slots < NEVER
    replied = happened[:, FIRST_REPLY]
    over_change = np.zeros(len(stories), dtype=bool)
    for position, each in enumerate(planted.TEAMS):
        changes = clock[each.schedule_id].clock_changes
        before, after = (np.searchsorted(changes, at) for at in (stories.created_at, slots[:, FIRST_REPLY]))
        over_change |= (stories.team == position) & replied & (before < after)
    found = {
        "merged_tickets": stories.is_merged & happened[:, MERGE],
        "spam_tickets": stories.is_spam,
        "deleted_tickets": happened[:, DELETE],
        "solved_without_reply": happened[:, SOLVED] & ~replied,
        "solved_saved_again": happened[:, SAVED_AGAIN],
        "reopened_tickets": happened[:, REOPENED],
        "follow_up_tickets": stories.follows >= 0,
        "agent_opened_tickets": laid_out.agent_opened,
        "bot_replies": happened[:, BOT_REPLY],
        "private_notes": happened[:, NOTE],
        "first_replies_over_a_clock_change": over_change,
        "ratings_changed": happened[:, RERATED],
        "email_only_tickets": email_only,
    }
    return {code: int(mask.sum()) for code, mask in found.items()}


def _events(
    rng: np.random.Generator,
    ticket_id: Text,
    matrix: np.ndarray,
    values: dict[str, Text],
    requester: Text,
    assignee: Text,
    agent_opened: Flags,
) -> tuple[pa.Table, Ints, Text]:
    """Events in order of time within each ticket, with the status each one replaces, and every ticket's last status."""
    size, width = matrix.shape
    # Slots are in an order in which things can happen, so a stable sort keeps it for events at one instant.
    order = np.argsort(matrix, axis=1, kind="stable")
    sorted_at = np.take_along_axis(matrix, order, axis=1)
    present = sorted_at < NEVER
    ticket = np.repeat(np.arange(size), width).reshape(size, width)[present]
    slot = order[present]
    at = sorted_at[present]
    rank = (np.cumsum(present, axis=1) - 1)[present]

    statuses = ("new", "open", "hold", "pending", "solved", "closed")
    status_of_slot = np.array([statuses.index(new or "new") if kind == "status" else -1 for kind, _, _, new in _SLOTS])
    code = status_of_slot[slot]
    is_status = code >= 0
    # The status before each status event is that of the status event before it in the same ticket.
    rows_of_status = np.flatnonzero(is_status)
    previous = np.full(len(slot), -1)
    status_codes, status_tickets = code[rows_of_status], ticket[rows_of_status]
    same = np.concatenate([[False], status_tickets[1:] == status_tickets[:-1]])
    previous[rows_of_status] = np.where(same, np.concatenate([[-1], status_codes[:-1]]), -1)
    final = np.zeros(size, dtype=np.int64)
    final[status_tickets] = status_codes
    # Some versions of the help desk leave the old value out.
    forgets = np.less(rng.random(size), 0.1)[ticket]

    actor_kinds = ("customer", "agent", "bot", "system")
    actor_of_slot = np.array([0 if actor == "opener" else actor_kinds.index(actor) for _, actor, _, _ in _SLOTS])
    actor = np.where(np.isin(slot, (NEW, OPENING)), agent_opened[ticket].astype(np.int64), actor_of_slot[slot])
    by_slot = pa.array(ticket)
    literal = [new if kind == "status" or new in ("offered", "good") else None for kind, _, _, new in _SLOTS]
    new_value = pick(literal, slot)
    for name, column in values.items():
        where = np.isin(slot, [index for index, each in enumerate(_SLOTS) if each[3] == name])
        new_value = choose(where, column.take(by_slot), new_value)
    actor_id = choose(actor == 1, assignee.take(by_slot), keep(actor == 0, requester.take(by_slot)))
    actor_id = choose(actor == 2, BOT, actor_id)
    public = np.array([1 if is_public else 0 for _, _, is_public, _ in _SLOTS])[slot]
    is_comment = np.array([kind == "comment" for kind, _, _, _ in _SLOTS])[slot]
    old_team = np.isin(slot, (TRANSFER,))
    old_value = keep(is_status & ~forgets & (previous >= 0), pick(statuses, np.maximum(previous, 0)))
    old_value = choose(old_team, "frontline", old_value)
    events = table(
        event_id=join(ticket_id.take(by_slot), "-", ids("", rank + 1, width=2)),
        ticket_id=ticket_id.take(by_slot),
        occurred_at=instants(at),
        event_type=pick([kind for kind, _, _, _ in _SLOTS], slot),
        actor_id=actor_id,
        actor_type=pick(actor_kinds, actor),
        is_public=keep(is_comment, pa.array(public == 1)),
        old_value=old_value,
        new_value=new_value,
    )
    return events, at, pick(statuses, final)


def _truth(
    people: People,
    stories: _Stories,
    number: Ints,
    team_name: Text,
    category: Text,
    matrix: np.ndarray,
    clock: dict[str, BusinessClock],
    agent_opened: Flags,
    uncategorised: Flags,
) -> pa.Table:
    """What each ticket's published row should say, worked out from the story rather than from the events."""
    happened = matrix < NEVER
    reply = matrix[:, [FIRST_REPLY, SECOND_REPLY, THIRD_REPLY]].min(axis=1)
    replied = reply < NEVER
    minutes = np.zeros(len(number))
    solve_minutes = np.zeros(len(number))
    # A ticket closed without having been solved counts as solved then; saving 'solved' again is no solution.
    solved = matrix[:, [SOLVED, CLOSED]].min(axis=1)
    is_solved = solved < NEVER
    for position, each in enumerate(planted.TEAMS):
        hours = clock[each.schedule_id]
        mine = replied & (stories.team == position)
        minutes[mine] = (hours.position(reply[mine]) - hours.position(stories.created_at[mine])) / 60
        mine = is_solved & (stories.team == position)
        solve_minutes[mine] = (hours.position(solved[mine]) - hours.position(stories.created_at[mine])) / 60
    last_solved = np.where(happened[:, REOPENED], matrix[:, SOLVED_AGAIN], solved)
    return table(
        ticket_id=ids("", number + 100_000),
        person_id=keep(~stories.is_spam, people.person_id.take(pa.array(stories.person))),
        is_test=pa.array(people.is_test[stories.person] & ~stories.is_spam),
        team=team_name,
        category=keep(~uncategorised, category),
        created_at=instants(stories.created_at),
        first_replied_at=instants(reply, replied),
        first_reply_business_minutes=numbers(minutes, replied),
        first_solved_at=instants(solved, is_solved),
        last_solved_at=instants(last_solved, last_solved < NEVER),
        first_resolution_business_minutes=numbers(solve_minutes, is_solved),
        agent_reply_count=numbers(happened[:, [FIRST_REPLY, SECOND_REPLY, THIRD_REPLY]].sum(axis=1)),
        reopen_count=numbers(happened[:, REOPENED].astype(np.int64)),
        is_merged=pa.array(stories.is_merged & happened[:, MERGE]),
        is_spam=pa.array(stories.is_spam),
        is_deleted=pa.array(happened[:, DELETE]),
        is_agent_opened=pa.array(agent_opened),
        is_contacted_again=pa.array(_contacted_again(stories, happened, solved, uncategorised)),
    )


def _contacted_again(stories: _Stories, happened: Flags, solved: Ints, uncategorised: Flags) -> Flags:
    """Whether the same person comes back about the same thing within seven days of the first solution.

    A team answers one category; a ticket without category matches every other. Merged, spam and deleted tickets are no
    contacts.
    """
    order = np.lexsort((stories.created_at, stories.person))
    person, created, closes = stories.person[order], stories.created_at[order], solved[order]
    is_contact = (~stories.is_merged & ~stories.is_spam & ~happened[:, DELETE])[order]
    category = np.where(uncategorised, -1, stories.team)[order]
    again = np.zeros(len(order), dtype=bool)
    most = int(np.bincount(person).max(initial=0))
    for ahead in range(1, most):
        now, later = slice(None, -ahead), slice(ahead, None)
        same = (person[now] == person[later]) & is_contact[later]
        same &= (category[now] == category[later]) | (category[now] < 0) | (category[later] < 0)
        again[now] |= same & (created[later] > closes[now]) & (created[later] <= closes[now] + 7 * DAY)
    result = np.zeros(len(order), dtype=bool)
    result[order] = again
    return result
