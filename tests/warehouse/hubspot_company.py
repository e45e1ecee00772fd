"""A company that keeps its customers, tickets and surveys in HubSpot, as the pages of its API.

Every record has the shape of HubSpot's documentation: objects of the CRM (version 3) with `properties`, `associations`
and, for tickets, `propertiesWithHistory`; owners; pipelines of tickets with their stages. Those that stand for an
outcome are payloads (`tests/ingest/sources/payloads/hubspot`); the others are made here.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from tests.ingest.sources.documented import records

AS_OF = "2026-03-31"


def record(number: int, at: str, **fields: Any) -> dict[str, Any]:
    """An object of the CRM; fields of the record itself are given, all others are properties."""
    own = {"associations", "archived", "archivedAt", "updatedAt", "propertiesWithHistory"}
    properties = {name: value for name, value in fields.items() if name not in own}
    return {
        "id": str(number),
        "properties": {"hs_object_id": str(number), **properties},
        "createdAt": at,
        "updatedAt": fields.get("updatedAt", at),
        "archived": False,
        **{name: value for name, value in fields.items() if name in own},
    }


def associated(**kinds: list[tuple[int, str]]) -> dict[str, Any]:
    return {
        kind: {"results": [{"id": str(number), "type": label} for number, label in others]}
        for kind, others in kinds.items()
    }


def history(*values: tuple[str, str], user: int | None = None) -> list[dict[str, Any]]:
    """Values of a property with their instants, the newest first as HubSpot has them."""
    entries = [{"value": value, "timestamp": at, "sourceType": "CRM_UI"} for value, at in reversed(values)]
    return [entry | ({"updatedByUserId": user} if user else {}) for entry in entries]


def employee(company: int) -> dict[str, Any]:
    """Associations with one company: HubSpot names the primary one twice."""
    return associated(companies=[(company, "contact_to_company"), (company, "contact_to_company_unlabeled")])


OWNERS = records("hubspot", "owner_of_two_teams.json")
PIPELINES = records("hubspot", "ticket_pipeline_with_an_own_stage.json")
COMPANIES = [
    *records("hubspot", "company_without_a_country.json"),
    record(501, "2026-01-01T00:00:00Z", name="Süd GmbH", domain="sued.example"),
]
CONTACTS = [
    *records("hubspot", "contact_of_one_company.json"),
    record(
        2,
        "2026-01-02T00:00:00Z",
        firstname="Bo",
        email="bo@sued.example",
        hs_language="pt-br",
        associations=employee(501),
    ),
    *records("hubspot", "contact_of_two_companies_with_roles.json"),
]
[ARCHIVED] = records("hubspot", "contact_archived.json")
#: Two people who turn out to be one: HubSpot makes a new record (12) of both and names neither again.
DUPLICATES = [
    record(10, "2026-01-05T00:00:00Z", firstname="Cy", email="cy@old.example"),
    record(11, "2026-01-06T00:00:00Z", firstname="Cyrus", phone="+49 30 901820"),
]
[SURVIVOR] = records("hubspot", "contacts_merged.json")
[TICKET] = records("hubspot", "ticket_closed_after_waiting.json")


def answer(number: int, contact: int, rating: int, *, survey: int = 5, kind: str = "NPS", **fields: Any) -> Any:
    return record(
        number,
        "2026-03-10T09:00:00Z",
        hs_survey_id=str(survey),
        hs_survey_name=f"{kind} survey",
        hs_survey_type=kind,
        hs_survey_channel="EMAIL",
        hs_submission_timestamp="2026-03-10T08:59:00Z",
        hs_value=str(rating),
        hs_contact_id=str(contact),
        **fields,
    )


#: NPS of six people: 10, 9, 9 promote, 7 is passive, 6 and 0 detract.
NPS_ANSWERS = [answer(1000 + place, 100 + place, rating) for place, rating in enumerate([10, 9, 9, 7, 6, 0])]
RATERS = [record(100 + place, "2026-01-02T00:00:00Z", email=f"r{place}@example.com") for place in range(6)]
OTHER_ANSWERS = [
    *records("hubspot", "feedback_of_the_best_of_three_with_words.json"),
    answer(1011, 2, 1, survey=6, kind="CSAT", hs_content=""),
    answer(1012, 1, 3, survey=7, kind="CES"),
    answer(1013, 2, 7, survey=7, kind="CES"),
]
DEALS = [
    *records("hubspot", "deal_open.json"),
    *records("hubspot", "deals_merged.json"),
    record(802, "2026-01-04T00:00:00Z", dealname="Saw", amount="900", dealstage="91"),
]


def land(landing: Path, entity: str, *pages: list[dict[str, Any]], source: str = "hubspot", name: str = "1") -> None:
    """One file of an API pull, a line per page."""
    folder = landing / source / entity
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / f"{name}.pages.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, page in enumerate(pages, start=1):
            paging = {"paging": {"next": {"after": str(number)}}} if number < len(pages) else {}
            file.write(json.dumps({"number": number, "status": 200, "body": {"results": page, **paging}}) + "\n")


def land_company(landing: Path) -> None:
    """Everything, as one pull per entity would land it."""
    land(landing, "owners", OWNERS)
    land(landing, "ticket_pipelines", PIPELINES)
    land(landing, "companies", COMPANIES)
    land(landing, "contacts", CONTACTS, [*DUPLICATES, *RATERS])
    land(landing, "tickets", [TICKET])
    land(landing, "feedback_submissions", NPS_ANSWERS, OTHER_ANSWERS)
    land(landing, "deals", DEALS)
