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


def land_company(landing: Path) -> None:
    """Everything, as one pull per entity would land it."""
    land(landing, "groups", GROUPS)
    land(landing, "users", USERS)
    land(landing, "organizations", ORGANIZATIONS)
    land(landing, "tickets", TICKETS[:2], TICKETS[2:])
    # The export is inclusive: what happened at the end of one page comes again at the start of the next.
    land(landing, "ticket_events", EVENTS[:4], EVENTS[3:])
