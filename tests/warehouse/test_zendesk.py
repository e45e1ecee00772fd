"""Zendesk's own records, as its API gives them, become tickets, events, customers and agents of the warehouse.

Every page below has the shape of Zendesk's documentation: incremental exports of tickets, ticket events (with comments)
and users, and the list of groups.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.harness import build, rows

AS_OF = "2026-03-31"

GROUPS = [
    {"id": 11, "name": "First line", "deleted": False, "created_at": "2025-01-01T00:00:00Z"},
    {"id": 12, "name": "Billing", "deleted": False, "created_at": "2025-01-01T00:00:00Z"},
]
USERS = [
    {
        "id": 1,
        "name": "Ana de la Cruz",
        "email": "Ana@example.com",
        "role": "end-user",
        "organization_id": 900,
        "active": True,
        "locale": "es-MX",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    },
    {
        "id": 2,
        "name": "Ben",
        "role": "agent",
        "default_group_id": 11,
        "active": True,
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-01T00:00:00Z",
    },
]
ORGANIZATIONS = [
    {
        "id": 900,
        "name": "Cruz y Cía.",
        "domain_names": ["cruz.example"],
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
]


def ticket(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "requester_id": 1,
        "submitter_id": 1,
        "organization_id": 900,
        "group_id": 12,
        "assignee_id": 2,
        "status": "solved",
        "priority": "normal",
        "subject": "Invoice",
        "tags": ["invoice"],
        "via": {"channel": "voice", "source": {"rel": None}},
        "satisfaction_rating": {"score": "good", "comment": "Thanks"},
        "created_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-02T12:00:00Z",
        **fields,
    }


def change(
    number: int, ticket_number: int, at: str, updater: int, *parts: dict[str, Any], **fields: Any
) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": ticket_number,
        "created_at": at,
        "updater_id": updater,
        "child_events": [{"id": number * 10 + place, **part} for place, part in enumerate(parts)],
        **fields,
    }


def changed(field: str, value: Any, before: Any) -> dict[str, Any]:
    return {"event_type": "Change", field: value, "previous_value": before}


def said(author: int, body: str, *, public: bool = True) -> dict[str, Any]:
    return {"event_type": "Comment", "author_id": author, "body": body, "public": public}


TICKETS = [
    ticket(1),
    ticket(2, status="closed", satisfaction_rating={"score": "unoffered"}),
    ticket(3, status="deleted", satisfaction_rating={"score": "unoffered"}),
]
EVENTS = [
    change(
        100, 1, "2026-03-02T10:00:00Z", 1, said(1, "My invoice is wrong."), {"event_type": "Create", "status": "new"}
    ),
    change(101, 1, "2026-03-02T10:20:00Z", 2, changed("group_id", "12", "11"), changed("assignee_id", "2", None)),
    change(102, 1, "2026-03-02T10:30:00Z", 2, said(2, "Not ours.", public=False)),
    change(103, 1, "2026-03-02T11:00:00Z", 2, said(2, "Corrected."), changed("status", "solved", "new")),
    change(104, 1, "2026-03-02T12:00:00Z", 1, changed("satisfaction_score", "good", "offered")),
    change(105, 1, "2026-03-02T12:30:00Z", -1, merged_ticket_ids=[2]),
]


def land(landing: Path, entity: str, *pages: list[dict[str, Any]], source: str = "zendesk", name: str = "1") -> None:
    """One file of an API pull, a line per page."""
    folder = landing / source / entity
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / f"{name}.pages.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, records in enumerate(pages, start=1):
            page = {"number": number, "status": 200, "body": {entity: records, "end_of_stream": number == len(pages)}}
            file.write(json.dumps(page) + "\n")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("zendesk")
    landing = home / "landing"
    land(landing, "groups", GROUPS)
    land(landing, "users", USERS)
    land(landing, "organizations", ORGANIZATIONS)
    land(landing, "tickets", TICKETS[:2], TICKETS[2:])
    # The export is inclusive: what happened at the end of one page comes again at the start of the next.
    land(landing, "ticket_events", EVENTS[:4], EVENTS[3:])
    with build(home, as_of=AS_OF, vars={"vendors": ["zendesk"]}) as connection:
        yield connection


def test_a_ticket_has_its_channel_team_and_times(warehouse):
    found = rows(
        warehouse,
        "select channel, team, first_team, priority, first_reply_minutes, first_resolution_minutes, agent_reply_count,"
        " satisfaction, is_solved from core.fct_tickets where ticket_id = '1'",
    )
    # Created 10:00; the only public comment of the agent and the solution at 11:00.
    assert found == [("phone", "Billing", "First line", "normal", 60.0, 60.0, 1, "good", True)]


def test_a_merged_ticket_is_known_as_such_and_a_deleted_one_is_no_fact(warehouse):
    assert rows(warehouse, "select ticket_id, is_merged from core.fct_tickets order by 1") == [
        ("1", False),
        ("2", True),
    ]


def test_an_event_that_came_twice_is_one_event(warehouse):
    found = rows(
        warehouse,
        "select event_type, from_value, to_value, actor_type, is_public from core.fct_ticket_events"
        " where ticket_id = '1' order by event_number",
    )
    assert found == [
        ("comment", None, None, "customer", True),
        ("team", "First line", "Billing", "agent", None),
        ("assignee", None, "2", "agent", None),
        ("comment", None, None, "agent", False),
        ("comment", None, None, "agent", True),
        ("status", "new", "solved", "agent", None),
        ("satisfaction", "offered", "good", "customer", None),
    ]


def test_customers_and_agents_are_told_apart(warehouse):
    assert rows(warehouse, "select agent_id, team from core.dim_agents where agent_id <> '-1'") == [("2", "First line")]
    assert rows(
        warehouse,
        "select first_name, last_name, email from restricted.customer_identifiers order by 1",
    ) == [("Ana de la", "Cruz", "ana@example.com")]


def test_the_organization_is_the_account_of_ticket_and_customer(warehouse):
    found = rows(
        warehouse,
        "select accounts.name from core.fct_tickets as tickets"
        " inner join core.dim_accounts as accounts using (account_id) where ticket_id = '1'",
    )
    assert found == [("Cruz y Cía.",)]


def test_two_accounts_of_the_vendor_stand_side_by_side(tmp_path):
    for source in ("zendesk", "zendesk_emea"):
        land(tmp_path / "landing", "tickets", [ticket(1, subject=source)], source=source)
    with build(tmp_path, as_of=AS_OF, vars={"vendors": ["zendesk"]}) as connection:
        found = rows(connection, "select source_system, ticket_id from core.fct_tickets order by 1")
    assert found == [("zendesk", "1"), ("zendesk_emea", "1")]


def test_a_vendor_that_is_switched_off_leaves_no_ticket(tmp_path):
    land(tmp_path / "landing", "tickets", [ticket(1)])
    with build(tmp_path, as_of=AS_OF) as connection:
        assert rows(connection, "select count(*) from core.fct_tickets") == [(0,)]
