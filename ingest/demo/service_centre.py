"""The service centre itself: its agents, stores, quality form, targets and trainings. What happens there is in
``interactions``, ``reviews`` and ``follow_ups``."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import helpdesk
from ingest.demo import parameters as planted
from ingest.demo.columns import DAY, Ints, Text, constant, days, ids, instants, join, pick, table
from ingest.demo.people import CUT, START

FORM = "CONTACT"
# Item, area, what it asks, weight, lowest and highest score, whether failing it fails the review.
ITEMS = (
    ("TONE", "soft_skills", "Was the tone friendly?", 2, 1, 5, False),
    ("LISTENING", "soft_skills", "Did the agent listen?", 1, 1, 5, False),
    ("STEPS", "process_adherence", "Were the steps of the process followed?", 2, 1, 5, False),
    ("NOTES", "process_adherence", "Are the notes complete?", 1, 1, 5, False),
    ("PRIVACY", "compliance", "Was the person identified before data were given?", 1, 0, 1, True),
    ("OUTCOME", "overall_outcome", "Was the matter settled?", 3, 1, 5, False),
)
# Since when the tone weighs more.
_REWEIGHTED = START + 365 * DAY
_STORES = (("Austin", 30.27, -97.74), ("Berlin", 52.52, 13.41), ("Lyon", 45.76, 4.84), ("Kraków", 50.06, 19.94),
           ("Leeds", 53.80, -1.55))  # fmt: skip
# Minutes to the first reply by priority, and how many times as many to the solution.
_REPLY_MINUTES = {"urgent": 60, "high": 120, "normal": 480, "low": 960}
_SOLUTION_FACTOR = 8


def agent_ids(number: Ints) -> Text:
    """The service centre's ids of the help desk's agents, who are numbered from 0."""
    return ids("SC-", number + 1, width=3)


def agents() -> pa.Table:
    """The help desk's agents under the service centre's own ids; its bot answers no calls."""
    rows = helpdesk.agents()
    rows = rows.filter(pc.invert(rows["is_bot"]))
    renamed = pc.replace_substring(rows["agent_id"], "AG-", "SC-")
    return rows.set_column(rows.column_names.index("agent_id"), "agent_id", renamed)


def locations() -> pa.Table:
    """A store in each country, in the order of ``parameters.COUNTRIES``."""
    city, latitude, longitude = zip(*_STORES, strict=True)
    size = len(_STORES)
    return table(
        location_id=join("LOC-", pa.array(planted.COUNTRIES)),
        name=join("Hearthside ", pa.array(city)),
        type=constant("store", size),
        country=pa.array(planted.COUNTRIES),
        city=pa.array(city),
        latitude=pa.array(latitude),
        longitude=pa.array(longitude),
        opened_on=days(START - 400 * DAY + np.arange(size) * 90 * DAY),
    )


def qa_items() -> pa.Table:
    """The items of the form; one weighs more from the second year on."""
    rows = [(*item, START) for item in ITEMS]
    rows.append((*ITEMS[0][:3], 3, *ITEMS[0][4:], _REWEIGHTED))
    item, area, name, weight, low, high, critical, since = zip(*rows, strict=True)
    return table(
        form_id=constant(FORM, len(rows)),
        item_id=pa.array(item),
        area=pa.array(area),
        name=pa.array(name),
        weight=pa.array(weight),
        score_min=pa.array(low),
        score_max=pa.array(high),
        is_critical=pa.array(critical),
        valid_from=instants(np.array(since)),
    )


def sla_policies() -> pa.Table:
    """One policy: targets for replies, the requester's wait and the solution of each priority; first replies became
    quicker."""
    rows: list[tuple[str, str, int, str, int, int | None]] = []
    for priority, minutes in _REPLY_MINUTES.items():
        rows.append(("first_reply", priority, minutes * 2, "business", START, _REWEIGHTED))
        rows.append(("first_reply", priority, minutes, "business", _REWEIGHTED, None))
        rows.append(("next_reply", priority, minutes, "business", START, None))
        rows.append(("requester_wait", priority, minutes * _SOLUTION_FACTOR, "business", START, None))
        rows.append(("full_resolution", priority, minutes * _SOLUTION_FACTOR, "calendar", START, None))
    metric, priority_of, target, hours, since, until = zip(*rows, strict=True)
    return table(
        policy_id=constant(planted.SLA_POLICY, len(rows)),
        metric=pa.array(metric),
        priority=pa.array(priority_of),
        target_minutes=pa.array(target),
        hours=pa.array(hours),
        valid_from=instants(np.array(since)),
        valid_to=pa.array(until, pa.timestamp("s", tz="UTC")),
    )


def trainings() -> pa.Table:
    """Two trainings of each agent, half a year apart and more."""
    agent = np.repeat(np.arange(len(helpdesk.TEAM_NAMES) * helpdesk.AGENTS_PER_TEAM), 2)
    number = np.arange(len(agent))
    item = number % len(ITEMS)
    completed_at = START + (20 + (number % 2) * 200 + agent * 7) * DAY
    assert completed_at.max() < CUT
    names = [f"Training: {area.replace('_', ' ')}" for _, area, *_ in ITEMS]
    return table(
        training_id=ids("TR-", number + 1, width=4),
        agent_id=agent_ids(agent),
        form_id=constant(FORM, len(agent)),
        item_id=pick([each[0] for each in ITEMS], item),
        name=pick(names, item),
        completed_on=days(completed_at),
    )
