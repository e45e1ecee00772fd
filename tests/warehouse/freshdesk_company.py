"""A company that serves its customers in Freshdesk: six tickets, as the pages of its API, and an export of one.

Every record has the shape of Freshdesk's documentation (https://developers.freshdesk.com/api/): lists of tickets with
`include=stats`, conversations, contacts, companies, agents, groups, ticket fields, surveys and satisfaction ratings.
The header of the export is that of files which Freshdesk's users show.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

AS_OF = "2026-03-31"

GROUPS = [{"id": 11, "name": "First line", "agent_ids": [3]}, {"id": 12, "name": "Billing", "agent_ids": [2, 3]}]
COMPANIES = [
    {
        "id": 900,
        "name": "Cruz y Cía.",
        "domains": ["cruz.example", "cruz-legal.example"],
        "industry": "Legal",
        "account_tier": "Premium",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
]
STATUSES = {
    "2": ["Open", "Being Processed"],
    "3": ["Pending", "Awaiting your Reply"],
    "4": ["Resolved", "This ticket has been Resolved"],
    "5": ["Closed", "This ticket has been Closed"],
    "6": ["Waiting on Customer", "Awaiting your Reply"],
    "7": ["Waiting on Third Party", "Being Processed"],
    "8": ["With the workshop", "Being Processed"],
}
TICKET_FIELDS = [
    {"id": 30, "name": "subject", "type": "default_subject", "default": True},
    {"id": 31, "name": "status", "type": "default_status", "default": True, "choices": STATUSES},
    {"id": 32, "name": "ticket_type", "type": "default_ticket_type", "default": True, "choices": ["Question"]},
]
SURVEYS = [
    {
        "id": 5,
        "title": "After each ticket",
        "questions": [
            {
                "id": "default_question",
                "label": "How would you rate the support that you got?",
                "accepted_ratings": [103, 100, -103],
            },
            {"id": "question_161", "label": "Was it fast?", "accepted_ratings": [103, 100, -103]},
        ],
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
]


def agent(number: int, name: str, *groups: int) -> dict[str, Any]:
    return {
        "id": number,
        "type": "support_agent",
        "group_ids": list(groups),
        "ticket_scope": 1,
        "contact": {"name": name, "email": f"{name.lower()}@help.example", "active": True},
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-01T00:00:00Z",
    }


def contact(number: int, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "active": True,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        **fields,
    }


def ticket(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "requester_id": 1,
        "responder_id": 2,
        "company_id": 900,
        "group_id": 12,
        "status": 2,
        "priority": 2,
        "source": 1,
        "spam": False,
        "subject": "Invoice",
        "description_text": "My invoice is wrong.",
        "tags": ["invoice"],
        "custom_fields": {"cf_plan": "gold", "cf_nothing": None},
        "created_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-02T10:00:00Z",
        **fields,
    }


def stats(at: str, **instants: str) -> dict[str, Any]:
    """The instants of a ticket whose status changed last at `at`."""
    names = ("agent_responded_at", "requester_responded_at", "first_responded_at", "reopened_at", "resolved_at")
    return dict.fromkeys((*names, "closed_at", "pending_since")) | {"status_updated_at": at} | instants


def said(number: int, ticket_number: int, at: str, author: int, body: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": ticket_number,
        "user_id": author,
        "body": f"<div>{body}</div>",
        "body_text": body,
        "incoming": False,
        "private": False,
        "source": 0,
        "created_at": at,
        "updated_at": at,
        **fields,
    }


def rating(number: int, ticket_number: int, at: str, value: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "survey_id": 5,
        "ticket_id": ticket_number,
        "user_id": 1,
        "agent_id": 2,
        "group_id": 12,
        "ratings": {"default_question": value},
        "created_at": at,
        "updated_at": at,
        **fields,
    }


AGENTS = [agent(2, "Ben", 12), agent(3, "Cy", 11, 12)]
CONTACTS = [
    contact(1, "Ana de la Cruz", email="Ana@example.com", mobile="+52 55 1234 5678", company_id=900, language="es-MX"),
    contact(4, "Gone Girl", email="gone@example.com", deleted=True),
]

#: As the first pull found it: resolved at 11:00.
TICKET_BEFORE = ticket(
    1,
    source=3,
    status=4,
    updated_at="2026-03-02T11:00:00Z",
    stats=stats("2026-03-02T11:00:00Z", resolved_at="2026-03-02T11:00:00Z"),
)
TICKETS = [
    # Reopened half an hour later, resolved again, and closed.
    ticket(
        1,
        source=3,
        status=5,
        updated_at="2026-03-02T13:00:00Z",
        stats=stats(
            "2026-03-02T13:00:00Z",
            reopened_at="2026-03-02T11:30:00Z",
            resolved_at="2026-03-02T12:00:00Z",
            closed_at="2026-03-02T13:00:00Z",
        ),
    ),
    ticket(
        2,
        status=5,
        updated_at="2026-03-02T13:30:00Z",
        stats=stats("2026-03-02T13:30:00Z", resolved_at="2026-03-02T13:30:00Z", closed_at="2026-03-02T13:30:00Z"),
    ),
    ticket(3, deleted=True, updated_at="2026-03-03T00:00:00Z", stats=stats("2026-03-02T10:00:00Z")),
    ticket(4, spam=True, stats=stats("2026-03-02T10:00:00Z")),
    ticket(5, source=9, status=7, updated_at="2026-03-03T10:00:00Z", stats=stats("2026-03-03T10:00:00Z")),
    ticket(
        6,
        source=10,
        status=3,
        priority=4,
        updated_at="2026-03-02T11:00:00Z",
        stats=stats("2026-03-02T11:00:00Z", pending_since="2026-03-02T11:00:00Z"),
    ),
    ticket(7, status=8, updated_at="2026-03-02T12:00:00Z", stats=stats("2026-03-02T12:00:00Z")),
]
CONVERSATIONS = [
    said(101, 1, "2026-03-02T10:20:00Z", 3, "Not ours.", private=True, source=2),
    said(102, 1, "2026-03-02T10:25:00Z", 3, "Have a look, please.", source=8),
    said(103, 1, "2026-03-02T10:30:00Z", 2, "Corrected."),
    said(104, 1, "2026-03-02T10:40:00Z", 1, "Thanks.", incoming=True),
    said(105, 2, "2026-03-02T13:30:00Z", 2, "This ticket is closed and merged into ticket 1", private=True, source=2),
]
RATINGS = [
    rating(
        71,
        1,
        "2026-03-02T14:00:00Z",
        103,
        ratings={"default_question": 103, "question_161": -101},
        feedback="Friendly, but slow.",
    ),
    rating(72, 5, "2026-03-04T00:00:00Z", 100),
    rating(73, 6, "2026-03-04T01:00:00Z", -103),
]

EXPORT = """\
Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Resolved time,Closed time,Last update time,\
Initial response time,Tags,Survey results,Product,Full name,Contact ID,Email,Region
1,Invoice,Closed,Medium,Phone,Question,Ben,Billing,2026-03-02 05:00:00,2026-03-02 06:00:00,2026-03-02 07:00:00,\
2026-03-02 07:00:00,2026-03-02 05:30:00,"invoice, VAT",Extremely Happy,,Ana Cruz,1,ana@example.com,EU
2,Parcel,With the workshop,Low,Portal,Question,,First line,2026-03-02 05:00:00,,,2026-03-02 05:00:00,\
,,No response,,Ana Cruz,1,ana@example.com,EU
"""


def land(landing: Path, entity: str, *pages: list[dict[str, Any]], source: str = "freshdesk", name: str = "1") -> None:
    """One file of an API pull, a line per page."""
    folder = landing / source / entity
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / f"{name}.pages.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, records in enumerate(pages, start=1):
            file.write(json.dumps({"number": number, "status": 200, "body": records}) + "\n")


def land_company(landing: Path) -> None:
    """Everything, as two pulls of tickets and one of each other entity would land it."""
    land(landing, "groups", GROUPS)
    land(landing, "agents", AGENTS)
    land(landing, "companies", COMPANIES)
    land(landing, "contacts", CONTACTS)
    land(landing, "ticket_fields", TICKET_FIELDS)
    land(landing, "tickets", [TICKET_BEFORE], name="1")
    land(landing, "tickets", TICKETS[:3], TICKETS[2:], name="2")
    # The conversations of a ticket come again whenever it changes.
    land(landing, "conversations", CONVERSATIONS[:3], CONVERSATIONS)
    land(landing, "surveys", SURVEYS)
    land(landing, "satisfaction_ratings", RATINGS)


def land_export(landing: Path, source: str) -> None:
    """The export of another help desk, whose clocks are those of New York."""
    folder = landing / source / "tickets"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tickets.csv").write_text(EXPORT, encoding="utf-8")
