"""A company that serves its customers in Zendesk: three tickets, as the pages of its API.

Every record has the shape of Zendesk's documentation: incremental exports of tickets, ticket events (with comments) and
users, the export of organizations and the list of groups.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

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
        "user_fields": {"customer_group": "family"},
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
        "organization_fields": {"renews": {"on": "2026-12-31"}},
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
]


def schedule(number: int, opens: int, closes: int, changed_at: str) -> dict[str, Any]:
    """Open on weekdays between two minutes of the day, in Berlin."""
    intervals = [{"start_time": day * 1440 + opens, "end_time": day * 1440 + closes} for day in range(1, 6)]
    return {
        "id": number,
        "name": "Office",
        "time_zone": "Berlin",
        "intervals": intervals,
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": changed_at,
    }


# From 11:30 in Berlin, which is 10:30 UTC in winter, and from 08:00 since the middle of March.
SCHEDULES = [
    [schedule(7, 690, 1080, "2025-01-01T00:00:00Z"), schedule(8, 0, 1440, "2025-01-01T00:00:00Z")],
    [schedule(7, 480, 1440, "2026-03-15T00:00:00Z")],
]
HOLIDAYS = [{"id": 71, "name": "Carnival", "start_date": "2026-02-16", "end_date": "2026-02-17"}]


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


# What this company added to Zendesk, and the setting that says what it is.
CUSTOM_FIELDS = {
    "zendesk": {
        "tickets": {
            "category": "custom_fields.360001",
            "is_complaint": "custom_fields.360002",
            "severity": "custom_fields.360003",
            "plan": "custom_fields.360004",
        },
        "contacts": {"segment": "user_fields.customer_group"},
        "accounts": {"renewal": "organization_fields.renews.on"},
    }
}
TICKETS = [
    ticket(
        1,
        custom_fields=[
            {"id": 360001, "value": "billing"},
            {"id": 360002, "value": True},
            {"id": 360003, "value": "very"},
            {"id": 360004, "value": "gold"},
            {"id": 360005, "value": "nobody asked for it"},
        ],
    ),
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


def land(
    landing: Path,
    entity: str,
    *pages: list[dict[str, Any]],
    source: str = "zendesk",
    name: str = "1",
    path: str | None = None,
) -> None:
    """One file of an API pull, a line per page; `path` is what was asked for, if it is more than the entity."""
    url = f"https://example.zendesk.com/api/v2/{path or entity}.json"
    folder = landing / source / entity
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / f"{name}.pages.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, records in enumerate(pages, start=1):
            page = {
                "number": number,
                "status": 200,
                "request": {"url": url},
                "body": {entity: records, "end_of_stream": number == len(pages)},
            }
            file.write(json.dumps(page) + "\n")


def land_company(landing: Path) -> None:
    """Everything, as one pull per entity would land it."""
    land(landing, "groups", GROUPS)
    land(landing, "users", USERS)
    land(landing, "organizations", ORGANIZATIONS)
    for day, schedules in enumerate(SCHEDULES, start=1):
        land(landing, "schedules", schedules, name=f"{day}.full")
    land(landing, "holidays", HOLIDAYS, name="1.full", path="business_hours/schedules/7/holidays")
    land(landing, "tickets", TICKETS[:2], TICKETS[2:])
    # The export is inclusive: what happened at the end of one page comes again at the start of the next.
    land(landing, "ticket_events", EVENTS[:4], EVENTS[3:])
