"""A company that serves its customers in Zendesk: three tickets, as the pages of its API.

Every record has the shape of Zendesk's documentation: incremental exports of tickets, ticket events (with comments) and
users, the export of organizations and the list of groups. They are payloads (`tests/ingest/sources/payloads/zendesk`).
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from tests.ingest.sources.documented import records, text

AS_OF = "2026-03-31"

GROUPS = records("zendesk", "groups.json")
USERS = [*records("zendesk", "end_user_of_an_organization.json"), *records("zendesk", "agent_of_a_group.json")]
ORGANIZATIONS = records("zendesk", "organization_with_own_fields.json")
# From 11:30 in Berlin, which is 10:30 UTC in winter, and from 08:00 since the middle of March.
SCHEDULES = [
    records("zendesk", "schedules_of_two_offices.json"),
    records("zendesk", "schedule_opens_earlier_and_another_is_gone.json"),
]
HOLIDAYS = records("zendesk", "holiday_of_two_days.json")
# In the middle of March the first reply to tickets of high priority was promised sooner, and the solution of those of
# low priority no more; urgent ones are to be updated every hour. A policy is gone.
SLA_POLICIES = records("zendesk", "sla_policy_of_high_priority.json")
_TARGETS = SLA_POLICIES[0]["policy_metrics"]
_LOW = {"priority": "low", "metric": "total_resolution_time", "target": 2880, "business_hours": False}
SLA_POLICIES = [
    {**SLA_POLICIES[0], "policy_metrics": [*_TARGETS, _LOW]},
    {**SLA_POLICIES[0], "id": 82, "policy_metrics": [_LOW]},
]
CHANGED_SLA_POLICIES = [
    {
        **SLA_POLICIES[0],
        "policy_metrics": [
            {**_TARGETS[0], "target": 30},
            {"priority": "urgent", "metric": "periodic_update_time", "target": 60, "business_hours": True},
        ],
        "updated_at": "2026-03-15T00:00:00Z",
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
    *records("zendesk", "ticket_solved_and_rated_with_own_fields.json"),
    *records("zendesk", "ticket_closed_without_a_rating.json"),
    *records("zendesk", "ticket_deleted.json"),
]
EXPORT = text("zendesk", "ticket_file_of_one_solved_in_words.csv")
EVENTS = [
    *records("zendesk", "ticket_reassigned_answered_and_solved.json"),
    *records("zendesk", "ticket_rated_good.json"),
    *records("zendesk", "tickets_merged.json"),
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
        for number, page_records in enumerate(pages, start=1):
            page = {
                "number": number,
                "status": 200,
                "request": {"url": url},
                "body": {entity: page_records, "end_of_stream": number == len(pages)},
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
    (landing / "zendesk" / "tickets" / "export.csv").write_text(EXPORT, encoding="utf-8")
    # The export is inclusive: what happened at the end of one page comes again at the start of the next.
    land(landing, "ticket_events", EVENTS[:4], EVENTS[3:])
    land(landing, "sla_policies", SLA_POLICIES, name="1.full")
    land(landing, "sla_policies", CHANGED_SLA_POLICIES, name="2.full")
    # Loaded and not used.
    land(landing, "satisfaction_ratings", records("zendesk", "rating_bad_with_a_reason.json"))
