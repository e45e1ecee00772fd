"""A company that serves its customers in Freshdesk: six tickets, as the pages of its API, and an export of one.

Every record has the shape of Freshdesk's documentation (https://developers.freshdesk.com/api/): lists of tickets with
`include=stats`, conversations, contacts, companies, agents, groups, ticket fields, surveys and satisfaction ratings.
Those that stand for an outcome are payloads (`tests/ingest/sources/payloads/freshdesk`). The header of the export is
that of files which Freshdesk's users show.
"""

from __future__ import annotations

import gzip
import json
from functools import partial
from pathlib import Path
from typing import Any

from tests.ingest.sources import documented as documentation

AS_OF = "2026-03-31"

documented = partial(documentation.records, "freshdesk")
GROUPS = documented("groups.json")
COMPANIES = documented("company_with_two_domains.json")
TICKET_FIELDS = documented("ticket_fields_with_a_status_of_its_own.json")
SURVEYS = documented("survey_of_two_questions.json")


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


AGENTS = [*documented("agent_of_one_group.json"), *documented("agent_of_two_groups.json")]
CONTACTS = [*documented("contact_of_a_company.json"), *documented("contact_deleted.json")]

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
    *documented("ticket_reopened_and_closed.json"),
    ticket(
        2,
        status=5,
        updated_at="2026-03-02T13:30:00Z",
        stats=stats("2026-03-02T13:30:00Z", resolved_at="2026-03-02T13:30:00Z", closed_at="2026-03-02T13:30:00Z"),
    ),
    *documented("ticket_deleted.json"),
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
CONVERSATIONS = [*documented("note_forward_reply_and_answer.json"), *documented("tickets_merged.json")]
RATINGS = [
    *documented("rating_good_but_slow.json"),
    rating(72, 5, "2026-03-04T00:00:00Z", 100),
    *documented("rating_bad.json"),
]

EXPORT = documentation.text("freshdesk", "ticket_file_with_local_clocks.csv")


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
