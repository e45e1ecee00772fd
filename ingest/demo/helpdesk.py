"""The help desk itself: opening hours, holidays and the people who answer. Tickets belong to ``service``."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.calendars import SCHEDULES, BusinessClock
from ingest.demo.columns import DAY, constant, ids, instants, join, pick, table
from ingest.demo.people import START

AGENTS_PER_TEAM = 6
BOT = "AG-BOT"
TEAM_NAMES = [team.name for team in planted.TEAMS]


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
    size = len(TEAM_NAMES) * AGENTS_PER_TEAM
    number = np.arange(size)
    base = table(
        agent_id=ids("AG-", number + 1, width=3),
        name=join("Agent ", ids("", number + 1)),
        email=join("agent", ids("", number + 1), "@cx360.example"),
        team=pick(TEAM_NAMES, number // AGENTS_PER_TEAM),
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
