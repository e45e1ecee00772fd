"""The truth about tickets, worked out from their stories rather than from the delivered events."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.calendars import BusinessClock
from ingest.demo.columns import DAY, Flags, Ints, Text, ids, instants, keep, numbers, table
from ingest.demo.people import People
from ingest.demo.stories import (
    BOT_REPLY,
    CLOSED,
    DELETE,
    FIRST_REPLY,
    MERGE,
    NEVER,
    NOTE,
    REOPENED,
    RERATED,
    SAVED_AGAIN,
    SECOND_REPLY,
    SOLVED,
    SOLVED_AGAIN,
    THIRD_REPLY,
    LaidOut,
    Stories,
)


def ticket_truth(
    people: People,
    stories: Stories,
    number: Ints,
    team_name: Text,
    category: Text,
    matrix: np.ndarray,
    clock: Mapping[str, BusinessClock],
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


def _contacted_again(stories: Stories, happened: Flags, solved: Ints, uncategorised: Flags) -> Flags:
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


def count_situations(
    stories: Stories, laid_out: LaidOut, clock: Mapping[str, BusinessClock], email_only: Flags
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
