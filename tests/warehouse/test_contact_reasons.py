"""What makes customers contact us, from extracts to the mart.

Twelve tickets, worked out by hand. Days are those of UTC; as_of is the end of June, repeats are looked for in a week.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse.harness import build, rows

MART = "marts.mart_contact_reasons"


def ticket(ticket_id: str, created: str, reason: str | None, product: str | None, **columns: Any) -> dict[str, Any]:
    row = {"ticket_id": ticket_id, "channel": "email", "status": "open", "created_at": f"2026-{created}T10:00:00Z"}
    return {**row, "category": reason, "product_id": product, "requester_id": ticket_id, **columns}


def solved(ticket_id: str, day: str) -> list[dict[str, Any]]:
    """Answered once and solved an hour after it was created."""
    reply = {"event_type": "comment", "actor_type": "agent", "is_public": "true"}
    status = {"event_type": "status", "new_value": "solved"}
    event = {"ticket_id": ticket_id, "occurred_at": f"2026-{day}T11:00:00Z"}
    return [{"event_id": f"{ticket_id}_r", **event, **reply}, {"event_id": f"{ticket_id}_s", **event, **status}]


TICKETS = [
    ticket("m1", "05-04", "delivery_late", "kettle", status="solved"),
    ticket("m2", "05-05", "returns", "kettle"),
    ticket("j1", "06-01", "delivery_late", "kettle", status="solved", requester_id="ann"),
    # Ann again, about the same, within a week of the solution of j1: j1 is repeated, j2 is not.
    ticket("j2", "06-03", "delivery_late", "kettle", status="solved", requester_id="ann"),
    ticket("j3", "06-04", "delivery_late", "mug"),
    ticket("j4", "06-05", "returns", "mug"),
    ticket("j5", "06-06", "colour", None),
    ticket("j6", "06-30", None, None),
    # The last second of May counts there, the spam and the merged one nowhere.
    {**ticket("m3", "05-31", "delivery_late", "kettle"), "created_at": "2026-05-31T23:59:59Z"},
    ticket("spam", "06-07", "returns", "mug", is_spam="true"),
    ticket("twin", "06-07", "returns", "mug", merged_into_ticket_id="j4"),
    ticket("july", "07-01", "returns", "mug"),
]
EVENTS = [*solved("m1", "05-04"), *solved("j1", "06-01"), *solved("j2", "06-03")]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    customers = [{"customer_id": name, "created_at": "2026-01-01T00:00:00Z"} for name in ("ann", "m1")]
    landing = {"tickets": TICKETS, "ticket_events": EVENTS, "customers": customers}
    needs = ["mart_contact_reasons"]
    with build(tmp_path_factory.mktemp("reasons"), landing, as_of="2026-06-30", needs=needs) as connection:
        yield connection


def test_what_made_customers_contact_us_in_june(world):
    # Six tickets: three of late deliveries (50 %), then one each, by name.
    assert rows(
        world,
        "select distinct reason_rank, reason, reason_name, area, reason_ticket_count, reason_previous_ticket_count,"
        f" month_ticket_count, round(reason_share_pct, 4), round(reason_cumulative_pct, 4) from {MART}"
        " where month_start = '2026-06-01' order by reason_rank",
    ) == [
        (1, "delivery_late", "Late delivery", "process", 3, 2, 6, 50.0, 50.0),
        (2, "colour", "colour", None, 1, 0, 6, 16.6667, 66.6667),
        (3, "returns", "Return or refund", "policy", 1, 1, 6, 16.6667, 83.3333),
        (4, "unknown", "Unknown", None, 1, 0, 6, 16.6667, 100.0),
    ]


def test_the_first_month_has_none_before_it(world):
    assert rows(
        world,
        f"select reason, product_id, ticket_count, reason_previous_ticket_count from {MART}"
        " where month_start = '2026-05-01' order by reason_rank",
    ) == [("delivery_late", "kettle", 2, None), ("returns", "kettle", 1, None)]


def test_what_comes_back_is_told_by_product(world):
    assert rows(
        world,
        f"select reason, product_id, ticket_count, repeat_count, repeat_n, repeat_pct, agent_reply_count from {MART}"
        " where month_start = '2026-06-01' order by reason, product_id",
    ) == [
        ("colour", "unknown", 1, 0, 0, None, 0),
        ("delivery_late", "kettle", 2, 1, 2, 50.0, 2),
        ("delivery_late", "mug", 1, 0, 0, None, 0),
        ("returns", "mug", 1, 0, 0, None, 0),
        ("unknown", "unknown", 1, 0, 0, None, 0),
    ]


def test_products_add_up_to_reasons_and_reasons_to_months(world):
    assert rows(
        world,
        f"select month_start from {MART} group by month_start having sum(ticket_count) <> any_value(month_ticket_count)"
        f" union all select month_start from {MART} group by month_start, reason"
        " having sum(ticket_count) <> any_value(reason_ticket_count)",
    ) == []  # fmt: skip
