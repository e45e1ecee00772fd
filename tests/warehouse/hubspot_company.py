"""A company that keeps its customers, tickets and surveys in HubSpot, as the pages of its API.

Every record has the shape of HubSpot's documentation: objects of the CRM (version 3) with `properties`, `associations`
and, for tickets, `propertiesWithHistory`; owners; pipelines of tickets with their stages.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

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
        kind: {"results": [{"id": str(number), "type": label} for number, label in records]}
        for kind, records in kinds.items()
    }


def history(*values: tuple[str, str], user: int | None = None) -> list[dict[str, Any]]:
    """Values of a property with their instants, the newest first as HubSpot has them."""
    entries = [{"value": value, "timestamp": at, "sourceType": "CRM_UI"} for value, at in reversed(values)]
    return [entry | ({"updatedByUserId": user} if user else {}) for entry in entries]


def employee(company: int) -> dict[str, Any]:
    """Associations with one company: HubSpot names the primary one twice."""
    return associated(companies=[(company, "contact_to_company"), (company, "contact_to_company_unlabeled")])


OWNERS = [
    {
        "id": "71",
        "email": "lee@shop.example",
        "type": "PERSON",
        "firstName": "Lee",
        "lastName": "Wong",
        "userId": 9001,
        "userIdIncludingInactive": 9001,
        "createdAt": "2025-01-01T00:00:00Z",
        "updatedAt": "2025-01-01T00:00:00Z",
        "archived": False,
        "teams": [{"id": "31", "name": "Night", "primary": False}, {"id": "30", "name": "Support", "primary": True}],
    }
]
PIPELINES = [
    {
        "id": "0",
        "label": "Support Pipeline",
        "displayOrder": 0,
        "createdAt": "2025-01-01T00:00:00Z",
        "updatedAt": "2025-01-01T00:00:00Z",
        "archived": False,
        "stages": [
            {"id": stage, "label": label, "displayOrder": place, "metadata": {"ticketState": state}}
            for place, (stage, label, state) in enumerate(
                [
                    ("1", "New", "OPEN"),
                    ("2", "Waiting on contact", "OPEN"),
                    ("553", "With the workshop", "OPEN"),
                    ("4", "Closed", "CLOSED"),
                ]
            )
        ],
    }
]
COMPANIES = [
    record(500, "2026-01-01T00:00:00Z", name="Nord AG", domain="nord.example", numberofemployees="40", country=""),
    record(501, "2026-01-01T00:00:00Z", name="Süd GmbH", domain="sued.example"),
]
CONTACTS = [
    record(
        1,
        "2026-01-02T00:00:00Z",
        firstname="Ana",
        lastname="Ruiz",
        email="Ana@nord.example",
        lifecyclestage="evangelist",
        hs_email_optout="true",
        associations=employee(500),
    ),
    record(
        2,
        "2026-01-02T00:00:00Z",
        firstname="Bo",
        email="bo@sued.example",
        hs_language="pt-br",
        associations=employee(501),
    ),
    record(
        3,
        "2026-01-02T00:00:00Z",
        firstname="Dee",
        email="dee@sued.example",
        hs_buying_role="DECISION_MAKER;BUDGET_HOLDER",
        associations=associated(
            companies=[
                (500, "contact_to_company_unlabeled"),
                (500, "end_user_to_company"),
                (501, "contact_to_company"),
                (501, "contact_to_company_unlabeled"),
            ]
        ),
    ),
]
#: Two people who turn out to be one: HubSpot makes a new record (12) of both and names neither again.
DUPLICATES = [
    record(10, "2026-01-05T00:00:00Z", firstname="Cy", email="cy@old.example"),
    record(11, "2026-01-06T00:00:00Z", firstname="Cyrus", phone="+49 30 901820"),
]
SURVIVOR = record(
    12,
    "2026-02-01T09:00:00Z",
    firstname="Cyrus",
    email="cy@new.example",
    hs_merged_object_ids="10;11",
    hs_calculated_merged_vids="10:1769936400000;11:1769936400000",  # 2026-02-01 09:00 UTC
)
TICKET = record(
    900,
    "2026-03-02T10:00:00Z",
    subject="Drill",
    content="It smokes.",
    hs_pipeline="0",
    hs_pipeline_stage="4",
    hs_ticket_priority="HIGH",
    hs_ticket_category="PRODUCT_ISSUE",
    source_type="FORM",
    hubspot_owner_id="71",
    hubspot_team_id="30",
    closed_date="1772452800000",  # 2026-03-02 12:00 UTC
    updatedAt="2026-03-02T12:00:00Z",
    associations=associated(contacts=[(1, "ticket_to_contact")], companies=[(500, "ticket_to_company")]),
    propertiesWithHistory={
        "hs_pipeline_stage": history(
            ("1", "2026-03-02T10:00:00Z"),
            ("2", "2026-03-02T10:30:00Z"),
            ("553", "2026-03-02T11:00:00Z"),
            ("4", "2026-03-02T12:00:00Z"),
            user=9001,
        ),
        "hubspot_owner_id": history(("71", "2026-03-02T10:10:00Z")),
        "hs_ticket_priority": history(("LOW", "2026-03-02T10:00:00.400Z"), ("HIGH", "2026-03-02T10:20:00Z"), user=9001),
    },
)


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
    answer(1010, 1, 2, survey=6, kind="CSAT", hs_content="Quick.", hs_ticket_id="900"),
    answer(1011, 2, 1, survey=6, kind="CSAT", hs_content=""),
    answer(1012, 1, 3, survey=7, kind="CES"),
    answer(1013, 2, 7, survey=7, kind="CES"),
]
DEALS = [
    record(
        800,
        "2026-01-01T00:00:00Z",
        dealname="Drills",
        amount="1200.50",
        deal_currency_code="EUR",
        dealstage="91",
        hs_deal_stage_probability="0.4",
        hs_is_closed="false",
        closedate="2026-04-30T22:00:00Z",
        hubspot_owner_id="71",
        associations=associated(contacts=[(1, "deal_to_contact")], companies=[(500, "deal_to_company")]),
    ),
    record(
        801,
        "2026-01-05T00:00:00Z",
        dealname="Saws",
        amount="900",
        dealstage="closedlost",
        hs_is_closed="true",
        hs_is_closed_won="false",
        closed_lost_reason="price",
        closedate="2026-02-01T09:00:00Z",
        hs_merged_object_ids="802",
    ),
    record(802, "2026-01-04T00:00:00Z", dealname="Saw", amount="900", dealstage="91"),
]


def land(landing: Path, entity: str, *pages: list[dict[str, Any]], source: str = "hubspot", name: str = "1") -> None:
    """One file of an API pull, a line per page."""
    folder = landing / source / entity
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / f"{name}.pages.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, records in enumerate(pages, start=1):
            paging = {"paging": {"next": {"after": str(number)}}} if number < len(pages) else {}
            file.write(json.dumps({"number": number, "status": 200, "body": {"results": records, **paging}}) + "\n")


def land_company(landing: Path) -> None:
    """Everything, as one pull per entity would land it."""
    land(landing, "owners", OWNERS)
    land(landing, "ticket_pipelines", PIPELINES)
    land(landing, "companies", COMPANIES)
    land(landing, "contacts", CONTACTS, [*DUPLICATES, *RATERS])
    land(landing, "tickets", [TICKET])
    land(landing, "feedback_submissions", NPS_ANSWERS, OTHER_ANSWERS)
    land(landing, "deals", DEALS)
