"""A company that keeps its customers, sales and cases in Salesforce, as the pages of its API.

Every record has the shape of Salesforce's documentation: fields of the object under their names in the API and
`attributes`, with identifiers of 18 characters and instants such as 2026-03-02T10:00:00.000+0000. Those that stand for
an outcome are payloads (`tests/ingest/sources/payloads/salesforce`); the others are made here.
"""

from __future__ import annotations

import gzip
import json
from functools import partial
from pathlib import Path
from typing import Any

from tests.ingest.sources import documented as documentation

AS_OF = "2026-03-31"

documented = partial(documentation.records, "salesforce")

#: An identifier of Salesforce in both its forms (https://codegolf.stackexchange.com/questions/69127).
NORD, NORD_SHORT = "001M000000qfPySIAU", "001M000000qfPyS"
SUED, PIAS_ACCOUNT = "001000000000002AAA", "001000000000003AAA"
ANA, BO, PIA, DEE, ANA_AGAIN = (f"00300000000000{number}AAA" for number in (1, 2, 3, 4, 5))
OPEN_LEAD, CONVERTED_LEAD = "00Q000000000001EAA", "00Q000000000002EAA"
LEE, KIM, ROBOT, ANAS_LOGIN = (f"00500000000000{number}AAA" for number in (1, 2, 3, 4))
TIER_1 = "00G000000000001EAA"
CASE, WEB_CASE, MERGED_CASE, PHONE_CASE, DELETED_CASE = (f"50000000000000{number}AAA" for number in range(1, 6))
WON, UNDECIDED = "006000000000001AAA", "006000000000002AAA"


def instant(text: str) -> str:
    """`03-02 10:00` of 2026 as Salesforce writes instants."""
    day, _, time = text.partition(" ")
    return f"2026-{day}T{time or '00:00'}:00.000+0000"


def record(kind: str, number: str, at: str = "01-02", changed: str = "", **fields: Any) -> dict[str, Any]:
    """A record of an object that was created, and changed, at those instants."""
    return {
        "attributes": {"type": kind, "url": f"/services/data/v65.0/sobjects/{kind}/{number}"},
        "Id": number,
        "CreatedDate": instant(at),
        "CreatedById": LEE,
        "LastModifiedDate": instant(changed or at),
        "SystemModstamp": instant(changed or at),
        **fields,
    }


def email(number: int, at: str, *, incoming: bool = False, status: str = "3", **fields: Any) -> dict[str, Any]:
    return record(
        "EmailMessage",
        f"02s00000000000{number}AAA",
        at,
        ParentId=CASE,
        Incoming=incoming,
        Status=status,
        MessageDate=instant(at),
        IsDeleted=False,
        **fields,
    )


def stage(number: int, opportunity: str, at: str, name: str, probability: int, amount: int) -> dict[str, Any]:
    """An entry of an opportunity's stage history."""
    entry = record("OpportunityHistory", f"00800000000000{number}AAA", at, OpportunityId=opportunity, IsDeleted=False)
    del entry["LastModifiedDate"]
    return entry | {"StageName": name, "Probability": probability, "Amount": amount, "CloseDate": "2026-03-31"}


USERS = [
    *documented("user_of_a_department.json"),
    record("User", KIM, changed="02-01", Name="Kim Roe", UserType="Standard", Department="Support", IsActive=False),
    record("User", ROBOT, Name="Automated Process", UserType="AutomatedProcess", IsActive=True),
    *documented("user_who_is_a_customer.json"),
]
GROUPS = documented("queue.json")
CASE_STATUSES = documented("case_statuses_of_its_own.json")
ACCOUNTS = [
    *documented("account_of_a_business.json"),
    record("Account", SUED, Name="Süd GmbH", Website="sued.example", IsDeleted=False),
    *documented("person_account.json"),
]
CONTACTS = [
    *documented("contact_of_an_account.json"),
    record("Contact", BO, FirstName="Bo", LastName="Bey", Email="bo@sued.example", AccountId=SUED)
    | {"Phone": "+49 30 2001", "IsDeleted": False},
    record("Contact", PIA, FirstName="Pia", LastName="Holm", Email="pia@x.example", AccountId=PIAS_ACCOUNT)
    | {"IsPersonAccount": True, "IsDeleted": False},
    record("Contact", DEE, "02-10", FirstName="Dee", LastName="Dow", Email="dee@new.example", AccountId=SUED)
    | {"IsDeleted": False},
    # In the recycle bin since it was merged into the first.
    *documented("contact_merged_into_another.json"),
]
LEADS = [*documented("lead_open.json"), *documented("lead_converted.json")]
RELATIONS = [
    record("AccountContactRelation", "07k000000000001AAA", AccountId=NORD, ContactId=ANA, IsDirect=True, IsActive=True)
    | {"Roles": None, "IsDeleted": False},
    *documented("member_of_another_account_with_two_roles.json"),
    record("AccountContactRelation", "07k000000000003AAA", AccountId=NORD, ContactId=DEE, IsDirect=False)
    | {"IsActive": False, "Roles": "Influencer", "IsDeleted": False},
]
CASES = [
    *documented("case_closed.json"),
    record("Case", WEB_CASE, "03-03 10:00", "03-03 12:00", Origin="Web", SuppliedEmail="guest@x.example")
    | {"Status": "Done", "IsClosed": True, "ClosedDate": instant("03-03 12:00"), "OwnerId": TIER_1, "IsDeleted": False},
    *documented("case_merged_into_another.json"),
    record("Case", PHONE_CASE, "03-04 10:00", AccountId=PIAS_ACCOUNT, Origin="Phone", OwnerId=LEE)
    | {"Status": "Waiting on Customer", "IsClosed": False, "Priority": "Critical", "IsDeleted": False},
    record("Case", DELETED_CASE, "03-05 10:00", "03-06", ContactId=BO, Origin="Web", OwnerId=LEE)
    | {"Status": "Fresh", "IsClosed": False, "IsDeleted": True},
]
# A new owner is told twice: by name, and by identifier.
CASE_HISTORY = documented("case_reassigned_waiting_and_closed.json")
_RECEIVED, _SENT = documented("mail_received_and_answered.json")
EMAILS = [_RECEIVED, email(2, "03-02 10:15", status="5", TextBody="A draft."), _SENT]
COMMENTS = documented("comments_internal_and_of_a_customer.json")
OPPORTUNITIES = [
    *documented("opportunity_won.json"),
    # What became of it after the end of March does not exist for a run of then.
    record("Opportunity", UNDECIDED, "03-01 09:00", "04-05", AccountId=PIAS_ACCOUNT, StageName="Closed Lost")
    | {"Name": "Saws", "Amount": 300, "Probability": 0, "CloseDate": "2026-04-05", "IsClosed": True, "IsWon": False}
    | {"OwnerId": LEE, "IsDeleted": False},
]
OPPORTUNITY_HISTORY = [
    *documented("opportunity_won_in_three_stages.json"),
    stage(4, UNDECIDED, "03-01 09:00", "Proposal", 50, 400),
    stage(5, UNDECIDED, "04-05", "Closed Lost", 0, 300),
]
OPPORTUNITY_ROLES = documented("contacts_of_an_opportunity.json")

RECORDS: dict[str, list[dict[str, Any]]] = {
    "accounts": ACCOUNTS,
    "contacts": CONTACTS,
    "leads": LEADS,
    "opportunities": OPPORTUNITIES,
    "opportunity_history": OPPORTUNITY_HISTORY,
    "opportunity_contact_roles": OPPORTUNITY_ROLES,
    "account_contact_relations": RELATIONS,
    "users": USERS,
    "groups": GROUPS,
    "cases": CASES,
    "case_statuses": CASE_STATUSES,
    "case_history": CASE_HISTORY,
    "case_comments": COMMENTS,
    "email_messages": EMAILS,
}


def land(
    landing: Path, entity: str, records: list[dict[str, Any]], *, source: str = "salesforce", name: str = "1"
) -> None:
    """One file of an API pull with one page."""
    folder = landing / source / entity
    folder.mkdir(parents=True, exist_ok=True)
    body = {"totalSize": len(records), "done": True, "records": records}
    with gzip.open(folder / f"{name}.pages.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"number": 1, "status": 200, "body": body}) + "\n")


def land_company(landing: Path) -> None:
    """Everything, as one pull per entity would land it."""
    for entity, records in RECORDS.items():
        land(landing, entity, records)
