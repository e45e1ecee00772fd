"""The help desk's deliveries: tickets and their events as rows, with the truth about them.

What happens is drawn by ``stories``, who works there is in ``helpdesk``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.calendars import BusinessClock
from ingest.demo.columns import (
    DAY,
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
    pick,
    table,
)
from ingest.demo.helpdesk import AGENTS_PER_TEAM, BOT, TEAM_NAMES
from ingest.demo.people import START, People, spell_email
from ingest.demo.service_truth import count_situations, ticket_truth
from ingest.demo.stories import (
    ASSIGNED,
    DELETE,
    MERGE,
    NEVER,
    NEW,
    OFFERED,
    OPENING,
    RATED,
    RERATED,
    SLOTS,
    SOLVED,
    TRANSFER,
    LaidOut,
    Stories,
    draw_stories,
)

TICKETS_PER_CHUNK = 100_000

_CHANNELS = ("email", "web", "chat", "phone")
_PRIORITIES = ("low", "normal", "high", "urgent")
_SUBJECTS = {
    "billing": "Question about an invoice",
    "delivery": "Where is my parcel?",
    "onboarding": "Help with getting started",
    "technical": "Something does not work",
}


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


def make_tickets(
    rng: np.random.Generator, people: People, clock: Mapping[str, BusinessClock], last_order: Text, chunk: int
) -> Tickets:
    """Draw every ticket of the chunk's persons; ``last_order`` is the id of each person's last order, if any."""
    stories, laid_out = draw_stories(rng, people, clock)
    return _tell(rng, people, stories, laid_out, clock, last_order, chunk)


def _tell(
    rng: np.random.Generator,
    people: People,
    stories: Stories,
    laid_out: LaidOut,
    clock: Mapping[str, BusinessClock],
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
    agent = np.where((agent == len(TEAM_NAMES) * AGENTS_PER_TEAM - 1) & (created > START + 450 * DAY), agent - 1, agent)
    assignee = ids("AG-", agent + 1, width=3)
    ordinary = np.flatnonzero(~stories.is_merged & ~stories.is_spam)
    target = ordinary[np.maximum(np.searchsorted(ordinary, np.arange(size)) - 1, 0)]
    merge_target = ticket_id.take(pa.array(target))
    team_name = pick(TEAM_NAMES, team)
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
        sla_policy_id=constant(planted.SLA_POLICY, size),
        is_deleted=pa.array(happened[:, DELETE]),
        updated_at=instants(updated_at),
    )
    rows = rows.cast(pa.schema([tag_type if field.name == "tags" else field for field in rows.schema]))
    truth = ticket_truth(
        people, stories, number, team_name, category, matrix, clock, laid_out.agent_opened, uncategorised
    )
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
        situations=count_situations(stories, laid_out, clock, unknown & ~stories.is_spam),
    )


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
    status_of_slot = np.array([statuses.index(new or "new") if kind == "status" else -1 for kind, _, _, new in SLOTS])
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
    actor_of_slot = np.array([0 if actor == "opener" else actor_kinds.index(actor) for _, actor, _, _ in SLOTS])
    actor = np.where(np.isin(slot, (NEW, OPENING)), agent_opened[ticket].astype(np.int64), actor_of_slot[slot])
    by_slot = pa.array(ticket)
    literal = [new if kind == "status" or new in ("offered", "good") else None for kind, _, _, new in SLOTS]
    new_value = pick(literal, slot)
    for name, column in values.items():
        where = np.isin(slot, [index for index, each in enumerate(SLOTS) if each[3] == name])
        new_value = choose(where, column.take(by_slot), new_value)
    actor_id = choose(actor == 1, assignee.take(by_slot), keep(actor == 0, requester.take(by_slot)))
    actor_id = choose(actor == 2, BOT, actor_id)
    public = np.array([1 if is_public else 0 for _, _, is_public, _ in SLOTS])[slot]
    is_comment = np.array([kind == "comment" for kind, _, _, _ in SLOTS])[slot]
    old_team = np.isin(slot, (TRANSFER,))
    old_value = keep(is_status & ~forgets & (previous >= 0), pick(statuses, np.maximum(previous, 0)))
    old_value = choose(old_team, "frontline", old_value)
    events = table(
        event_id=join(ticket_id.take(by_slot), "-", ids("", rank + 1, width=2)),
        ticket_id=ticket_id.take(by_slot),
        occurred_at=instants(at),
        event_type=pick([kind for kind, _, _, _ in SLOTS], slot),
        actor_id=actor_id,
        actor_type=pick(actor_kinds, actor),
        is_public=keep(is_comment, pa.array(public == 1)),
        old_value=old_value,
        new_value=new_value,
    )
    return events, at, pick(statuses, final)
