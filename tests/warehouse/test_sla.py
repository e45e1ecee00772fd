"""Service level targets from extracts to marts: which target a ticket had, what its clock counts, how it was kept.

Expected minutes, statuses and instants are worked out by hand beside each ticket. All examples share one warehouse, and
each desk is a source system and a channel of its own. Instants are UTC; days are cut in Warsaw: as_of ends at 22:00.
The offices open on weekdays from 9 to 17: the office in UTC, the Warsaw one by the clock on its wall.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import duckdb
import pytest

from tests.warehouse.harness import build, metric, rows

AS_OF = "2026-06-30"
CUT = datetime(2026, 6, 30, 22, tzinfo=UTC)
WEEKDAYS = (1, 2, 3, 4, 5)


def at(text: str) -> datetime:
    """An instant of June 2026 from 'DD hh:mm[:ss]', or any other from a whole date."""
    return datetime.fromisoformat(text if len(text) > 11 else f"2026-06-{text}").replace(tzinfo=UTC)


@dataclass
class Desk:
    """Extracts of one help desk."""

    source: str
    tickets: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    policies: list[dict[str, Any]] = field(default_factory=list)
    others: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def target(
        self, name: str, minutes: float, *, policy: str = "gold", priority: str = "high", **columns: Any
    ) -> None:
        values = {"policy_id": policy, "metric": name, "priority": priority, "target_minutes": minutes}
        self.policies.append({**values, "hours": "calendar", **columns})

    def ticket(self, ticket_id: str, created_at: datetime, *steps: tuple[Any, ...], **columns: Any) -> None:
        """A ticket and what happened to it: (instant, step), where a step is a status, `reply` or `words` (of the
        customer), or `field=value`. Without status steps it is open."""
        row = {"ticket_id": ticket_id, "channel": self.source, "status": "open", "created_at": created_at.isoformat()}
        self.tickets.append({**row, "priority": "high", "sla_policy_id": "gold", **columns})
        for occurred_at, step in steps:
            event = {"event_id": f"e{next(self.numbers):06d}", "ticket_id": ticket_id}
            event["occurred_at"] = occurred_at.isoformat()
            if step in ("reply", "words", "bot"):
                actor = {"reply": "agent", "words": "customer", "bot": "bot"}[step]
                event |= {"event_type": "comment", "actor_type": actor, "is_public": "true"}
            elif "=" in step:
                name, change = step.split("=")
                old, _, new = change.rpartition(">")
                event |= {"event_type": name, "old_value": old, "new_value": new}
            else:
                event |= {"event_type": "status", "new_value": step}
            self.events.append(event)

    def landing(self) -> dict[str, list[dict[str, Any]]]:
        entities = {"tickets": self.tickets, "ticket_events": self.events, "sla_policies": self.policies, **self.others}
        return {f"{self.source}/{entity}": found for entity, found in entities.items()}


def office(schedule_id: str, timezone: str, *, is_default: bool = False) -> list[dict[str, Any]]:
    hours = {"schedule_id": schedule_id, "timezone": timezone, "opens_at": "09:00", "closes_at": "17:00"}
    return [{**hours, "weekday": day, "is_default": str(is_default).lower()} for day in WEEKDAYS]


def worked_example() -> Desk:
    """SLA-01: first replies within an hour. Four were, two not; one waits too long, three not yet."""
    desk = Desk("sla01")
    desk.target("first_reply", 60)
    start, minute, second = at("02 10:00"), timedelta(minutes=1), timedelta(seconds=1)
    for name, wait in {
        "kept_1": 5 * minute,
        "kept_2": 59 * minute,
        "kept_3": 60 * minute - second,
        "kept_at_the_end": 60 * minute,
        "late_by_a_second": 60 * minute + second,
        "late": 600 * minute,
    }.items():
        desk.ticket(name, start, (start + wait, "reply"))
    for name, wait in {"waits_too_long": 61, "waits": 1, "waits_longer": 59, "waits_to_the_end": 60}.items():
        desk.ticket(name, CUT - wait * minute)
    return desk


def clocks() -> Desk:
    """What runs, what stands still, and business hours."""
    desk = Desk("clocks")
    desk.others["schedules"] = [
        *office("office", "UTC", is_default=True),
        *office("warsaw", "Europe/Warsaw"),
        *office("closed_on_july_1", "UTC"),
        *office("nowhere", "Mars/Olympus"),
    ]
    desk.others["holidays"] = [{"schedule_id": "closed_on_july_1", "holiday_date": "2026-07-01"}]
    for name, minutes in {"requester_wait": 90, "agent_work": 49, "full_resolution": 179}.items():
        desk.target(name, minutes, policy="times")
    # New and open 30 + 20 minutes, on hold 40, pending 90: the requester waits 90, agents work 50, 180 in all.
    day = (
        (at("02 10:00"), "new"),
        (at("02 10:30"), "pending"),
        (at("02 12:00"), "open"),
        (at("02 12:20"), "hold"),
        (at("02 13:00"), "solved"),
    )
    desk.ticket("day", at("02 10:00"), *day, sla_policy_id="times")
    # Solved after 10 of 180 minutes; while it is solved only the full resolution goes on.
    reopened = (
        (at("02 10:00"), "new"),
        (at("02 10:10"), "solved"),
        (at("02 12:00"), "open"),
        (at("02 13:00"), "solved"),
    )
    desk.ticket("reopened", at("02 10:00"), *reopened, sla_policy_id="times")
    still_open = ((at("30 20:00"), "new"), (at("30 20:10"), "solved"), (at("30 21:30"), "open"))
    desk.ticket("still_open", at("30 20:00"), *still_open, sla_policy_id="times")
    desk.ticket("paused", at("30 20:00"), (at("30 20:00"), "new"), (at("30 20:40"), "pending"), sla_policy_id="times")
    held = ((at("30 20:00"), "new"), (at("30 20:40"), "hold"))
    desk.ticket("on_hold", at("30 20:00"), *held, sla_policy_id="times")
    over = ((at("30 18:00"), "new"), (at("30 20:00"), "pending"))
    desk.ticket("paused_too_late", at("30 18:00"), *over, sla_policy_id="times")
    # All 90 minutes are used up when the agent waits: in time as long as the requester is not waited on again.
    used_up = (
        (at("02 10:00"), "new"),
        (at("02 11:30"), "pending"),
        (at("02 14:00"), "open"),
        (at("02 14:01"), "solved"),
    )
    desk.ticket("used_up", at("02 10:00"), *used_up, sla_policy_id="times")
    desk.ticket(
        "solved_unseen", at("02 10:00"), status="solved", solved_at="2026-06-02T11:00:00Z", sla_policy_id="times"
    )
    desk.ticket("solved_sometime", at("02 10:00"), status="solved", sla_policy_id="times")

    desk.target("first_reply", 60, policy="hours", hours="business")

    def replied(name: str, created: str, reply: str | None, **columns: Any) -> None:
        desk.ticket(name, at(created), *([(at(reply), "reply")] if reply else []), **columns, sla_policy_id="hours")

    replied("over_the_weekend", "05 16:30", "08 09:30:00")  # half an hour on Friday, half an hour on Monday
    replied("just_late", "05 16:30", "08 09:30:01")
    replied("used_up_on_friday", "05 16:00", "08 09:00:00")  # the hour is over when the office closes
    replied("late_on_monday", "05 16:00", "08 09:00:01")
    replied("in_the_night", "06 10:00", "06 12:00")  # Saturday: no business time at all
    # Warsaw, Friday 27 March 16:00 (UTC+1) to Monday 30 March 09:00 (UTC+2): the hour of Friday, and none of Monday.
    replied("clocks_change", "2026-03-27 15:00:00", "2026-03-30 07:00:00", schedule_id="warsaw")
    replied("waits", "30 16:30", None)  # Tuesday: half an hour is left for Wednesday
    replied("waits_over_a_holiday", "30 16:30", None, schedule_id="closed_on_july_1")
    return desk


def promises() -> Desk:
    """Which target holds: policy, priority and version as they were."""
    desk = Desk("promises")
    for priority, minutes in {"high": 60, "low": 240}.items():
        desk.target("first_reply", minutes, priority=priority)
    desk.target("first_reply", 30, policy="silver")
    desk.target("next_reply", 5, policy="silver")
    desk.target("full_resolution", 600, policy="silver")
    desk.target("first_reply", 60, policy="stricter", valid_to="2026-06-10T00:00:00Z")
    desk.target("first_reply", 30, policy="stricter", valid_from="2026-06-10T00:00:00.004Z")
    desk.target("first_reply", 60, policy="over", valid_to="2026-06-10T00:00:00Z")
    start, reply = at("02 10:00"), (at("02 11:15"), "reply")  # after 75 minutes

    def told(name: str, *steps: tuple[Any, ...], **columns: Any) -> None:
        desk.ticket(name, start, *steps, **columns)

    told("raised", (at("02 10:30"), "priority=low>high"), reply)
    told("lowered", (at("02 10:30"), "priority=high>low"), reply, priority="low")
    told("raised_later", reply, (at("02 12:00"), "priority=low>high"))
    told("lowered_with_the_reply", (at("02 11:15"), "priority=high>low"), reply, priority="low")
    told("first_named_with_the_reply", (at("02 11:15"), "priority=>low"), reply, priority="low")
    told(
        "to_and_fro",
        (at("02 10:10"), "priority=low>high"),
        (at("02 10:20"), "priority=high>low"),
        reply,
        priority="low",
    )
    told("named_later", (at("02 10:10"), "sla_policy=>gold"), (at("02 10:50"), "reply"))
    told("changed", (at("02 10:10"), "sla_policy=gold>silver"), (at("02 10:50"), "reply"), sla_policy_id="silver")
    told("withdrawn", (at("02 10:40"), "sla_policy=gold>"), reply, sla_policy_id=None)
    told("withdrawn_too_late", (at("02 11:10"), "sla_policy=gold>"), reply, sla_policy_id=None)
    told("priority_taken_away", (at("02 10:40"), "priority=high>"), reply, priority=None)
    told("withdrawn_later", reply, (at("02 12:00"), "sla_policy=gold>"), sla_policy_id=None)
    told("tomorrow", reply, (at("2026-07-01 10:00:00"), "priority=low>high"))
    told("without_policy", reply, sla_policy_id=None)
    told("unknown_policy", reply, sla_policy_id="bronze")
    told("without_priority", reply, priority=None)
    told("of_another_system", reply, sla_policy_id="contract")
    # The policy became stricter at midnight, and its versions are four milliseconds apart.
    for name, created in {"before": "09 23:59", "within": "2026-06-10 00:00:00.002", "after": "10 00:01"}.items():
        desk.ticket(name, at(created), (at(created) + timedelta(minutes=40), "reply"), sla_policy_id="stricter")
    desk.ticket("ended", at("10 00:01"), (at("10 00:02"), "reply"), sla_policy_id="over")
    return desk


def conversations() -> Desk:
    """Waits for replies and updates, and what ends them."""
    desk = Desk("talk")
    desk.others["contacts"] = [{"contact_id": "tester", "is_test": "true"}]
    desk.target("first_reply", 60)
    desk.target("next_reply", 30)
    for name in ("periodic_update", "pausable_update"):
        desk.target(name, 60, policy="updates")
    desk.ticket(
        "talks",
        at("02 10:00"),
        (at("02 10:05"), "words"),  # before the first reply: waits for that one
        (at("02 10:10"), "reply"),
        (at("02 11:00"), "words"),
        (at("02 11:10"), "bot"),  # nobody's answer
        (at("02 11:20"), "words"),
        (at("02 11:30"), "reply"),  # 30 minutes after the oldest of them
        (at("02 12:00"), "words"),
        (at("02 12:31"), "reply"),
        (at("30 21:45"), "words"),  # 15 minutes before the end
    )
    desk.ticket(
        "thanks",
        at("02 10:00"),
        (at("02 10:10"), "reply"),
        (at("02 10:10"), "solved"),
        (at("02 11:00"), "words"),
        (at("02 11:00"), "open"),
        (at("02 11:05"), "solved"),  # nothing to say to that
        (at("09 11:00"), "open"),
        (at("09 11:00"), "words"),
        (at("09 11:10"), "reply"),
        (at("09 11:10"), "solved"),
        (at("10 11:00"), "words"),
        (at("10 11:00"), "open"),
        (at("10 11:45"), "solved"),  # too late to say nothing
    )
    opened = ((at("02 10:00"), "reply"), (at("02 10:20"), "words"), (at("02 10:30"), "reply"))
    desk.ticket("agent_opened", at("02 10:00"), *opened, submitter_type="agent")
    desk.ticket("no_reply_needed", at("02 10:00"), needs_reply="false")
    desk.ticket("solved_silently", at("02 10:00"), (at("02 10:30"), "solved"))
    desk.ticket("solved_silently_late", at("02 10:00"), (at("02 11:01"), "solved"))
    reopened = ((at("02 10:30"), "solved"), (at("02 12:00"), "open"), (at("02 12:10"), "reply"))
    desk.ticket("reopened_unanswered", at("02 10:00"), *reopened)
    desk.ticket("merged", at("02 10:00"), (at("02 12:00"), "merge=talks"), merged_into_ticket_id="talks")
    desk.ticket("spam", at("02 10:00"), (at("02 10:10"), "reply"), is_spam="true")
    desk.ticket("deleted", at("02 10:00"), is_deleted="true")
    desk.ticket("of_a_tester", at("02 10:00"), requester_id="tester")
    desk.ticket(
        "updated",
        at("02 10:00"),
        (at("02 10:00"), "open"),
        (at("02 10:10"), "reply"),
        (at("02 10:20"), "pending"),
        (at("02 11:00"), "open"),
        (at("02 11:11"), "reply"),  # 61 minutes later, 21 of them not pending
        (at("02 11:20"), "solved"),  # no more news is due
        (at("30 21:00"), "open"),
        (at("30 21:10"), "reply"),
        (at("30 21:30"), "pending"),
        sla_policy_id="updates",
    )
    return desk


def queue() -> Desk:
    """What is open: tickets with and without targets, a post and two cases."""
    desk = Desk("queue")
    desk.target("first_reply", 60)
    desk.target("full_resolution", 600)
    desk.target("requester_wait", 100, policy="waits")
    given = ((at("30 20:40"), "assignee=>kim"), (at("30 20:50"), "words"))
    desk.ticket("over", at("30 20:30"), *given, assignee_id="kim", team="desk", severity="2", requester_id="C1")
    desk.ticket("soon", at("30 21:30"), (at("30 21:50"), "assignee=kim>"))
    desk.ticket("without_policy", at("30 10:00"), sla_policy_id=None)
    paused = (
        (at("30 20:00"), "new"),
        (at("30 20:10"), "reply"),
        (at("30 20:15"), "pending"),
        (at("30 20:20"), "words"),
        (at("30 20:25"), "words"),
    )
    desk.ticket("paused", at("30 20:00"), *paused, sla_policy_id="waits")
    desk.ticket("answered", at("01 10:00"), (at("01 10:10"), "reply"), sla_policy_id=None)
    desk.ticket("solved", at("30 20:00"), (at("30 20:10"), "solved"))
    desk.ticket("merged", at("30 20:00"), merged_into_ticket_id="over")
    desk.others["contacts"] = [{"contact_id": "C1", "email": "ann@post.example", "segment": "smb"}]
    desk.others["orders"] = [
        {"order_id": "O1", "contact_id": "C1", "ordered_at": "2026-06-01T10:00:00Z", "currency": "USD",
         "net_amount": "120"},
    ]  # fmt: skip
    post = {"network": "mastodon", "brand": "Acme", "posted_at": "2026-06-30T00:00:00Z"}
    desk.others["social_posts"] = [
        {"post_id": "asked", **post, "needs_reply": "true", "severity": "1"},
        {"post_id": "answered", **post, "needs_reply": "true", "replied_at": "2026-06-30T01:00:00Z"},
        {"post_id": "answered_tomorrow", **post, "needs_reply": "true", "replied_at": "2026-07-01T01:00:00Z"},
        {"post_id": "chat", **post},
    ]
    case = {"source_type": "ticket", "source_id": "over", "created_at": "2026-06-29T21:00:00Z"}
    desk.others["cases"] = [
        {"case_id": "new", **case, "team": "care"},
        {"case_id": "contacted", **case, "owner": "lee", "first_contacted_at": "2026-06-29T22:00:00Z"},
        {"case_id": "closed", **case, "closed_at": "2026-06-29T22:00:00Z"},
    ]
    return desk


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PRIORITIES = {"urgent": 30, "high": 60, "normal": 120, "low": 240}


def week() -> Desk:
    """A ticket of each priority on each day of a week, answered after 90 minutes by the clock."""
    desk = Desk("week")
    for priority, minutes in PRIORITIES.items():
        desk.target("first_reply", minutes, priority=priority)
        for number, day in enumerate(DAYS, start=1):
            created = at(f"{number:02} 10:00")  # 1 June 2026 is a Monday
            desk.ticket(f"{day} {priority}", created, (created + timedelta(minutes=90), "reply"), priority=priority)
    return desk


RUNNING = {"requester_wait": {"new", "open", "hold"}, "agent_work": {"new", "open"}}
WALKED_TARGET = 300


def walk(steps: list[tuple[datetime, str]], metric_name: str) -> tuple[int, str, datetime | None]:
    """Minutes of the office in which the clock of the metric runs, status and last instant in time, by walking."""
    waits_until = next((instant for instant, status in reversed(steps) if status == "solved"), CUT)
    is_solved = steps[-1][1] == "solved"
    minutes, reached_at, now = 0, None, steps[0][0]
    status = steps[0][1]
    remaining = list(steps)
    while now < (waits_until if is_solved else CUT):
        while remaining and remaining[0][0] <= now:
            status = remaining.pop(0)[1]
        is_open = now.weekday() < 5 and 9 <= now.hour < 17
        if is_open and status in RUNNING[metric_name]:
            if minutes == WALKED_TARGET:
                reached_at = reached_at or now  # the next minute is one too many
            minutes += 1
        now += timedelta(minutes=1)
    over = minutes > WALKED_TARGET
    if is_solved:
        return minutes, "breached" if over else "achieved", reached_at
    last = "active" if steps[-1][1] in RUNNING[metric_name] else "paused"
    return minutes, "active_breached" if over else last, reached_at


def walked_lives() -> dict[str, list[tuple[datetime, str]]]:
    """Random lives of tickets, to the minute."""
    chance = random.Random(6)
    lives = {}
    for number in range(60):
        instant = CUT - timedelta(minutes=1 + chance.randrange(chance.choice((2, 29)) * 1440))
        steps = [(instant, "new")]
        for _ in range(chance.randrange(7)):
            instant += timedelta(minutes=chance.choice((1, 30, 200, 1000, 3000)) + chance.randrange(60))
            others = [each for each in ("open", "pending", "hold", "solved") if each != steps[-1][1]]
            steps.append((instant, chance.choice(others)))
        lives[f"life {number:02}"] = [step for step in steps if step[0] < CUT]
    return lives


def walks() -> Desk:
    desk = Desk("walks")
    desk.others["schedules"] = office("office", "UTC", is_default=True)
    for name in RUNNING:
        desk.target(name, WALKED_TARGET, hours="business")
    for name, steps in walked_lives().items():
        desk.ticket(name, steps[0][0], *steps)
    return desk


def nameless() -> Desk:
    """A desk whose tickets name no policy: the setting names one, except where events tell of policies."""
    desk = Desk("nameless")
    desk.target("first_reply", 60)
    reply = (at("02 10:30"), "reply")
    desk.ticket("by_the_setting", at("02 10:00"), reply, sla_policy_id=None)
    desk.ticket("by_its_events", at("02 10:00"), (at("02 10:10"), "sla_policy=>gold"), reply, sla_policy_id=None)
    return desk


SETTINGS = {"reporting_timezone": "Europe/Warsaw", "default_sla_policies": {"nameless": "gold"}}
DESKS = (worked_example, clocks, promises, conversations, queue, week, walks, nameless)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    landing: dict[str, list[dict[str, Any]]] = {
        "contracts/sla_policies": [
            {"policy_id": "contract", "metric": "first_reply", "priority": "high", "target_minutes": 75,
             "hours": "calendar"},
        ],
    }  # fmt: skip
    for desk in DESKS:
        landing |= desk().landing()
    with build(tmp_path_factory.mktemp("sla"), landing, as_of=AS_OF, vars=SETTINGS) as connection:
        yield connection


def targets(connection: duckdb.DuckDBPyConnection, source: str, ticket_id: str, *columns: str) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"select {', '.join(columns)} from core.fct_sla_targets where source_system = ? and ticket_id = ?"
        " order by metric, instance_number",
        [source, ticket_id],
    ).fetchall()


def test_sla_01_attainment_counts_what_is_decided(world):
    found = metric(world, "sla_attainment_rate", dimension="channel", dimension_value="sla01")
    assert found["value"] == pytest.approx(57.1429, abs=1e-4)  # 4 of 7
    assert (found["numerator"], found["n"], found["pending_n"]) == (4, 7, 3)


def test_sla_01_each_target_has_one_status(world):
    assert rows(
        world,
        "select status, list(ticket_id order by ticket_id) from core.fct_sla_targets where source_system = 'sla01'"
        " group by status order by status",
    ) == [
        ("achieved", ["kept_1", "kept_2", "kept_3", "kept_at_the_end"]),
        ("active", ["waits", "waits_longer", "waits_to_the_end"]),
        ("active_breached", ["waits_too_long"]),
        ("breached", ["late", "late_by_a_second"]),
    ]


@pytest.mark.parametrize(
    ("name", "what", "status", "minutes", "breach_at"),
    [
        ("day", "agent_work", "breached", 50, "02 12:19"),  # 30 minutes before the pause and 19 after it
        ("day", "full_resolution", "breached", 180, "02 12:59"),
        ("day", "requester_wait", "achieved", 90, None),
        ("reopened", "agent_work", "breached", 70, "02 12:39"),
        ("reopened", "full_resolution", "breached", 180, "02 12:59"),
        ("reopened", "requester_wait", "achieved", 70, None),
        ("still_open", "agent_work", "active", 40, "30 22:09"),
        ("still_open", "full_resolution", "active", 120, "30 22:59"),
        ("still_open", "requester_wait", "active", 40, "30 22:50"),
        ("paused", "agent_work", "paused", 40, None),
        ("paused", "full_resolution", "active", 120, "30 22:59"),
        ("paused", "requester_wait", "paused", 40, None),
        ("on_hold", "agent_work", "paused", 40, None),
        ("on_hold", "full_resolution", "active", 120, "30 22:59"),
        ("on_hold", "requester_wait", "active_breached", 120, "30 21:30"),
        ("paused_too_late", "agent_work", "active_breached", 120, "30 18:49"),
        ("paused_too_late", "full_resolution", "active_breached", 240, "30 20:59"),
        ("paused_too_late", "requester_wait", "active_breached", 120, "30 19:30"),
        ("used_up", "agent_work", "breached", 91, "02 10:49"),
        ("used_up", "full_resolution", "breached", 241, "02 12:59"),
        ("used_up", "requester_wait", "breached", 91, "02 14:00"),
        ("solved_unseen", "full_resolution", "achieved", 60, None),
    ],
)
def test_clocks_stand_still_where_the_metric_says_so(world, name, what, status, minutes, breach_at):
    found = targets(world, "clocks", name, "metric", "status", "elapsed_minutes", "breach_at")
    assert (what, status, minutes, breach_at and at(breach_at)) in found


@pytest.mark.parametrize(("name", "number"), [("day", 3), ("solved_unseen", 1), ("solved_sometime", 0)])
def test_what_nobody_knows_has_no_target(world, name, number):
    assert len(targets(world, "clocks", name, "metric")) == number


@pytest.mark.parametrize(
    ("name", "status", "minutes", "breach_at"),
    [
        ("over_the_weekend", "achieved", 60, None),
        ("just_late", "breached", 60 + 1 / 60, at("08 09:30")),
        ("used_up_on_friday", "achieved", 60, None),
        ("late_on_monday", "breached", 60 + 1 / 60, at("08 09:00")),
        ("in_the_night", "achieved", 0, None),
        ("clocks_change", "achieved", 60, None),
        ("waits", "active", 30, at("2026-07-01 09:30:00")),
        ("waits_over_a_holiday", "active", 30, at("2026-07-02 09:30:00")),
    ],
)
def test_business_hours(world, name, status, minutes, breach_at):
    found = targets(world, "clocks", name, "status", "elapsed_minutes", "breach_at")
    assert found == [(status, pytest.approx(minutes), breach_at)]


@pytest.mark.parametrize(
    ("name", "status", "priority", "target", "applied_at"),
    [
        ("raised", "breached", "high", 60, "02 10:30"),
        ("lowered", "achieved", "low", 240, "02 10:30"),
        ("raised_later", "achieved", "low", 240, "02 10:00"),
        ("lowered_with_the_reply", "breached", "high", 60, "02 10:00"),
        ("first_named_with_the_reply", "achieved", "low", 240, "02 11:15"),
        ("to_and_fro", "achieved", "low", 240, "02 10:20"),
        ("named_later", "achieved", "high", 60, "02 10:10"),
        ("withdrawn", "cancelled", "high", 60, "02 10:00"),
        ("withdrawn_too_late", "cancelled", "high", 60, "02 10:00"),
        ("priority_taken_away", "cancelled", "high", 60, "02 10:00"),
        ("withdrawn_later", "breached", "high", 60, "02 10:00"),
        ("tomorrow", "achieved", "low", 240, "02 10:00"),
        ("of_another_system", "achieved", "high", 75, "02 10:00"),
        ("before", "achieved", "high", 60, "09 23:59"),
        ("within", "achieved", "high", 60, "2026-06-10 00:00:00.002"),
        ("after", "breached", "high", 30, "10 00:01"),
    ],
)
def test_the_target_is_that_of_policy_and_priority_then(world, name, status, priority, target, applied_at):
    found = targets(world, "promises", name, "metric", "status", "priority", "target_minutes", "applied_at")
    assert found == [("first_reply", status, priority, target, at(applied_at))]


@pytest.mark.parametrize("name", ["without_policy", "unknown_policy", "without_priority", "ended"])
def test_without_a_promise_there_is_no_target(world, name):
    assert targets(world, "promises", name, "metric") == []


@pytest.mark.parametrize(("name", "applied_at"), [("by_the_setting", "02 10:00"), ("by_its_events", "02 10:10")])
def test_a_setting_names_the_policy_of_tickets_that_name_none(world, name, applied_at):
    assert targets(world, "nameless", name, "status", "policy_id", "applied_at") == [
        ("achieved", "gold", at(applied_at))
    ]


def test_a_changed_policy_brings_its_own_targets_and_none_of_the_old_ones(world):
    # Silver: 30 minutes to the reply, which came after 40; no customer wrote again; the resolution is waited for.
    found = targets(world, "promises", "changed", "metric", "policy_id", "status", "target_minutes", "started_at")
    assert found == [
        ("first_reply", "silver", "breached", 30, at("02 10:00")),
        ("full_resolution", "silver", "active_breached", 600, at("02 10:00")),
    ]


def test_what_is_withdrawn_ended_when_it_was(world):
    columns = ("elapsed_minutes", "minutes_left", "fulfilled_at", "ended_at", "breach_at", "is_measured")
    assert targets(world, "promises", "withdrawn", *columns) == [(40, None, None, at("02 10:40"), None, False)]


def test_next_replies_are_due_to_the_oldest_words_that_wait(world):
    columns = ("metric", "instance_number", "status", "elapsed_minutes", "started_at", "ended_at")
    assert targets(world, "talk", "talks", *columns) == [
        ("first_reply", 1, "achieved", 10, at("02 10:00"), at("02 10:10")),
        ("next_reply", 1, "achieved", 30, at("02 11:00"), at("02 11:30")),
        ("next_reply", 2, "breached", 31, at("02 12:00"), at("02 12:31")),
        ("next_reply", 3, "active", 15, at("30 21:45"), None),
    ]


def test_a_solution_ends_the_wait_and_new_words_begin_another(world):
    columns = ("metric", "instance_number", "status", "elapsed_minutes")
    assert targets(world, "talk", "thanks", *columns) == [
        ("first_reply", 1, "achieved", 10),
        ("next_reply", 1, "cancelled", 5),
        ("next_reply", 2, "achieved", 10),
        ("next_reply", 3, "breached", 45),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("agent_opened", [("next_reply", "achieved", 10)]),
        ("no_reply_needed", []),
        ("solved_silently", [("first_reply", "cancelled", 30)]),
        ("solved_silently_late", [("first_reply", "breached", 61)]),
        ("reopened_unanswered", [("first_reply", "breached", 130)]),
        ("merged", [("first_reply", "cancelled", 120)]),
        ("spam", [("first_reply", "cancelled", 10)]),
        ("deleted", []),
        ("of_a_tester", []),
    ],
)
def test_what_ends_a_wait_for_a_reply(world, name, expected):
    assert targets(world, "talk", name, "metric", "status", "elapsed_minutes") == expected


def test_updates_are_due_from_reply_to_reply(world):
    columns = ("metric", "instance_number", "status", "elapsed_minutes", "breach_at")
    assert targets(world, "talk", "updated", *columns) == [
        ("pausable_update", 1, "achieved", 21, None),
        ("pausable_update", 2, "cancelled", 9, None),
        ("pausable_update", 3, "paused", 20, None),
        ("periodic_update", 1, "breached", 61, at("02 11:10")),
        ("periodic_update", 2, "cancelled", 9, None),
        ("periodic_update", 3, "active", 50, at("30 22:10")),
    ]


def test_the_ticket_names_its_policy_of_as_of(world):
    assert rows(
        world,
        "select ticket_id, sla_policy_id from core.fct_tickets where source_system = 'promises'"
        " and ticket_id in ('changed', 'withdrawn', 'named_later', 'raised') order by 1",
    ) == [("changed", "silver"), ("named_later", "gold"), ("raised", "gold"), ("withdrawn", None)]


def test_minutes_of_a_kept_promise_are_the_tickets_own(world):
    """One quantity, one number: what both tables hold agrees."""
    assert rows(
        world,
        """
        select targets.metric, count(*), count(*) filter (where abs(targets.elapsed_minutes - case
            when targets.metric = 'requester_wait' then tickets.requester_wait_minutes
            when targets.metric = 'full_resolution' then tickets.full_resolution_minutes
            when targets.hours = 'business' then tickets.first_reply_business_minutes
            else tickets.first_reply_minutes
        end) > 0.000001)
        from core.fct_sla_targets as targets
        inner join core.fct_tickets as tickets on targets.ticket_key = tickets.ticket_key
        where
            targets.fulfilled_at is not null
            and targets.metric in ('first_reply', 'requester_wait', 'full_resolution')
            and targets.source_system not in ('week', 'walks', 'nameless')
        group by targets.metric
        order by targets.metric
        """,
    ) == [("first_reply", 30, 0), ("full_resolution", 5, 0), ("requester_wait", 3, 0)]


def test_invariant_6_statuses_are_exhaustive_and_exclusive(world):
    assert rows(
        world,
        """
        select count(*) filter (where
            (status in ('breached', 'active_breached') and elapsed_seconds <= target_seconds)
            or (status in ('achieved', 'active', 'paused') and elapsed_seconds > target_seconds)
            or is_breached <> (status in ('breached', 'active_breached'))
            or is_measured <> (status in ('achieved', 'breached', 'active_breached'))
            or is_open <> (status in ('active', 'active_breached', 'paused'))
            or (is_open and (fulfilled_at is not null or ended_at is not null or minutes_left is null))
            or (status = 'achieved' and fulfilled_at is null)
            or status not in ('achieved', 'breached', 'active', 'active_breached', 'paused', 'cancelled')
            or breach_at < started_at
            or (is_breached and not breach_at < coalesce(ended_at, timestamptz '2026-06-30 22:00:00+00'))
        ), count(*) > 60
        from core.fct_sla_targets
        """,
    ) == [(0, True)]


def test_the_mart_answers_whether_promises_are_kept(world):
    """One query on the mart alone: SLA-01, week by week. Its ten tickets came on 2 June and on the last day."""
    assert rows(
        world,
        "select week_start::text, achieved_count, breached_count, active_breached_count, active_count, n, pending_n,"
        " round(attainment_pct, 4), minutes_over_sum, next_breach_at"
        " from marts.mart_sla where source_system = 'sla01' and metric = 'first_reply' order by week_start",
    ) == [
        # Over by a second and by 540 minutes; and by a minute, with a hour left at most.
        ("2026-06-01", 4, 2, 0, 0, 6, 0, 66.6667, pytest.approx(540 + 1 / 60), None),
        ("2026-06-29", 0, 0, 1, 3, 1, 3, 0.0, 1.0, CUT),
    ]


def test_the_interval_of_the_mart_is_wilsons(world):
    # 4 of 6: centre (4 + 1.9207) / (6 + 3.8415) = 60.16, half width 1.96 / 9.8415 * sqrt(4 * 2 / 6 + 0.9604) = 30.16.
    assert rows(
        world,
        "select round(attainment_pct_low, 2), round(attainment_pct_high, 2) from marts.mart_sla"
        " where source_system = 'sla01' and week_start = '2026-06-01'",
    ) == [(30.0, 90.32)]


def test_invariant_16_splits_recombine(world):
    totals = rows(
        world,
        "select count(*) filter (where status = 'achieved'), count(*) filter (where is_measured)"
        " from core.fct_sla_targets",
    )
    by_dimension = rows(
        world,
        "select sum(numerator), sum(denominator) from marts.metric_values"
        " where metric = 'sla_attainment_rate' and period_grain = 'all_time' group by dimension",
    )
    assert len(by_dimension) == 6  # all, channel, team, category, priority, segment
    assert set(by_dimension) == set(totals)
    assert rows(world, "select sum(achieved_count), sum(n) from marts.mart_sla") == totals


def test_the_queue_says_what_must_be_touched_next(world):
    assert rows(
        world,
        "select item_type, item_id, next_target, minutes_left, unmet_target_count, breached_target_count"
        " from marts.mart_work_queue where source_system = 'queue' order by queue_position",
    ) == [
        ("ticket", "over", "first_reply", -30.0, 3, 1),  # due at 21:30
        ("ticket", "soon", "first_reply", 30.0, 3, 0),  # at 22:30
        ("post", "asked", "reply_target", 120.0, 1, 0),  # at midnight
        ("post", "answered_tomorrow", "reply_target", 120.0, 1, 0),
        ("ticket", "without_policy", "reply_target", 720.0, 1, 0),  # at 10:00
        ("case", "new", "first_contact", 1380.0, 1, 0),  # at 21:00
        ("ticket", "paused", "requester_wait", 85.0, 1, 0),  # the clock stands still
        ("ticket", "answered", None, None, 0, 0),
        ("case", "contacted", None, None, 0, 0),
    ]


def test_the_queue_has_the_minutes_of_each_target(world):
    assert rows(
        world,
        "select item_id, first_reply_minutes_left, full_resolution_minutes_left, reply_target_minutes_left,"
        " requester_wait_minutes_left, is_breached, is_paused from marts.mart_work_queue"
        " where source_system = 'queue' and item_id in ('over', 'paused') order by 1",
    ) == [("over", -30.0, 510.0, 1350.0, None, True, False), ("paused", None, None, None, 85.0, False, True)]


def test_the_queue_says_who_waits_since_when_and_for_whom(world):
    assert rows(
        world,
        "select item_id, assignee_id, team, severity, segment, customer_net_revenue::double, unanswered_since,"
        " unassigned_since from marts.mart_work_queue where source_system = 'queue' order by item_type, item_id",
    ) == [
        ("contacted", "lee", None, None, "smb", 120.0, None, None),
        ("new", None, "care", None, "smb", 120.0, at("29 21:00"), at("29 21:00")),
        ("answered_tomorrow", None, None, None, None, None, at("30 00:00"), at("30 00:00")),
        ("asked", None, None, 1, None, None, at("30 00:00"), at("30 00:00")),
        ("answered", None, None, None, None, None, None, at("01 10:00")),
        ("over", "kim", "desk", 2, "smb", 120.0, at("30 20:30"), None),
        ("paused", None, None, None, None, None, at("30 20:20"), at("30 20:00")),
        ("soon", None, None, None, None, None, at("30 21:30"), at("30 21:50")),
        ("without_policy", None, None, None, None, None, at("30 10:00"), at("30 10:00")),
    ]


def test_the_day_of_the_week_does_not_keep_a_promise(world):
    """Pitfall: a condition without brackets that lets every ticket of a Sunday pass."""
    found = rows(
        world,
        "select ticket_id, status from core.fct_sla_targets where source_system = 'week' order by ticket_id",
    )
    assert found == sorted(
        (f"{day} {priority}", "breached" if minutes < 90 else "achieved")
        for day in DAYS
        for priority, minutes in PRIORITIES.items()
    )


def test_clocks_equal_a_walk_over_the_minutes(world):
    found = {
        (ticket_id, name): values
        for ticket_id, name, *values in rows(
            world,
            "select ticket_id, metric, elapsed_minutes, status, case when is_breached then breach_at end"
            " from core.fct_sla_targets where source_system = 'walks'",
        )
    }
    expected = {(name, each): [*walk(steps, each)] for name, steps in walked_lives().items() for each in RUNNING}
    assert {status for _, status, _ in expected.values()} == {
        "achieved", "breached", "active", "active_breached", "paused",
    }  # fmt: skip
    assert found == expected
