"""A company that keeps its customers, sales and cases in Salesforce, as the pages of its API.

Every record has the shape of Salesforce's documentation: fields of the object under their names in the API and
`attributes`, with identifiers of 18 characters and instants such as 2026-03-02T10:00:00.000+0000.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

AS_OF = "2026-03-31"

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


def change(number: int, at: str, field: str, old: str | None, new: str | None, by: str = LEE) -> dict[str, Any]:
    """An entry of a case's history, which has neither LastModifiedDate nor SystemModstamp."""
    entry = record("CaseHistory", f"01700000000000{number:X}AAA", at, CreatedById=by, CaseId=CASE, IsDeleted=False)
    del entry["LastModifiedDate"], entry["SystemModstamp"]
    return entry | {"Field": field, "OldValue": old, "NewValue": new}


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
    record("User", LEE, Name="Lee Wong", Email="lee@shop.example", UserType="Standard", Department="Support")
    | {"IsActive": True},
    record("User", KIM, changed="02-01", Name="Kim Roe", UserType="Standard", Department="Support", IsActive=False),
    record("User", ROBOT, Name="Automated Process", UserType="AutomatedProcess", IsActive=True),
    record("User", ANAS_LOGIN, Name="Ana Ruiz", UserType="PowerCustomerSuccess", ContactId=ANA, IsActive=True),
]
GROUPS = [record("Group", TIER_1, Name="Tier 1", DeveloperName="Tier_1", Type="Queue")]
CASE_STATUSES = [
    record("CaseStatus", f"01J00000000000{place}EAA", MasterLabel=label, ApiName=label, SortOrder=place)
    | {"IsDefault": label == "Fresh", "IsClosed": label == "Done"}
    for place, label in enumerate(["Fresh", "Working", "Waiting on Customer", "Done"], start=1)
]
ACCOUNTS = [
    record("Account", NORD, Name="Nord AG", Website="https://www.Nord.example/de", Phone="+49 30 1000")
    | {"IsDeleted": False},
    record("Account", SUED, Name="Süd GmbH", Website="sued.example", IsDeleted=False),
    record("Account", PIAS_ACCOUNT, Name="Pia Holm", IsPersonAccount=True, PersonContactId=PIA, IsDeleted=False),
]
CONTACTS = [
    record("Contact", ANA, FirstName="Ana", LastName="Ruiz", Email="Ana@nord.example", AccountId=NORD_SHORT)
    | {"Phone": "+49 30 1000", "HasOptedOutOfEmail": True, "IsDeleted": False},
    record("Contact", BO, FirstName="Bo", LastName="Bey", Email="bo@sued.example", AccountId=SUED)
    | {"Phone": "+49 30 2001", "IsDeleted": False},
    record("Contact", PIA, FirstName="Pia", LastName="Holm", Email="pia@x.example", AccountId=PIAS_ACCOUNT)
    | {"IsPersonAccount": True, "IsDeleted": False},
    record("Contact", DEE, "02-10", FirstName="Dee", LastName="Dow", Email="dee@new.example", AccountId=SUED)
    | {"IsDeleted": False},
    # In the recycle bin since it was merged into the first.
    record("Contact", ANA_AGAIN, changed="02-01", FirstName="A.", LastName="Ruiz", MobilePhone="+49 30 901820")
    | {"MasterRecordId": ANA, "IsDeleted": True},
]
LEADS = [
    record("Lead", OPEN_LEAD, LastName="Cox", Company="Ost", Email="cox@ost.example", IsDeleted=False)
    | {"IsConverted": False},
    record("Lead", CONVERTED_LEAD, changed="02-10", LastName="Dow", Email="dee@old.example", IsDeleted=False)
    | {"IsConverted": True, "ConvertedDate": "2026-02-10", "ConvertedContactId": DEE, "ConvertedAccountId": SUED},
]
RELATIONS = [
    record("AccountContactRelation", "07k000000000001AAA", AccountId=NORD, ContactId=ANA, IsDirect=True, IsActive=True)
    | {"Roles": None, "IsDeleted": False},
    record("AccountContactRelation", "07k000000000002AAA", AccountId=SUED, ContactId=ANA, IsDirect=False)
    | {"IsActive": True, "Roles": "Decision Maker;Economic Buyer", "IsDeleted": False},
    record("AccountContactRelation", "07k000000000003AAA", AccountId=NORD, ContactId=DEE, IsDirect=False)
    | {"IsActive": False, "Roles": "Influencer", "IsDeleted": False},
]
CASES = [
    record("Case", CASE, "03-02 10:00", "03-02 14:00", ContactId=ANA, AccountId=NORD, Origin="Email", OwnerId=LEE)
    | {"Status": "Done", "IsClosed": True, "ClosedDate": instant("03-02 14:00"), "Priority": "High"}
    | {"Reason": "Installation", "CreatedById": ROBOT, "IsDeleted": False},
    record("Case", WEB_CASE, "03-03 10:00", "03-03 12:00", Origin="Web", SuppliedEmail="guest@x.example")
    | {"Status": "Done", "IsClosed": True, "ClosedDate": instant("03-03 12:00"), "OwnerId": TIER_1, "IsDeleted": False},
    record("Case", MERGED_CASE, "03-02 10:02", "03-02 10:06", ContactId=ANA, Origin="Email", OwnerId=TIER_1)
    | {"Status": "Fresh", "IsClosed": False, "MasterRecordId": CASE, "IsDeleted": True},
    record("Case", PHONE_CASE, "03-04 10:00", AccountId=PIAS_ACCOUNT, Origin="Phone", OwnerId=LEE)
    | {"Status": "Waiting on Customer", "IsClosed": False, "Priority": "Critical", "IsDeleted": False},
    record("Case", DELETED_CASE, "03-05 10:00", "03-06", ContactId=BO, Origin="Web", OwnerId=LEE)
    | {"Status": "Fresh", "IsClosed": False, "IsDeleted": True},
]
CASE_HISTORY = [
    change(1, "03-02 10:00", "created", None, None, by=ROBOT),
    # A new owner is told twice: by name, and by identifier.
    change(2, "03-02 10:10", "Owner", "Tier 1", "Lee Wong"),
    change(3, "03-02 10:10", "Owner", TIER_1, LEE),
    change(4, "03-02 10:20", "Priority", "Medium", "High"),
    change(5, "03-02 10:30", "Status", "Fresh", "Working"),
    change(6, "03-02 11:00", "Status", "Working", "Waiting on Customer"),
    change(7, "03-02 12:00", "Status", "Waiting on Customer", "Working", by=ROBOT),
    change(8, "03-02 14:00", "Status", "Working", "Done"),
]
EMAILS = [
    email(1, "03-02 09:59", incoming=True, status="2", FromId=ANA, CreatedById=ROBOT, TextBody="It smokes."),
    email(2, "03-02 10:15", status="5", TextBody="A draft."),
    email(3, "03-02 10:40", TextBody="Is it hot?"),
]
COMMENTS = [
    record("CaseComment", "00a000000000001AAA", "03-02 10:12", ParentId=CASE, IsPublished=False, IsDeleted=False)
    | {"CommentBody": "Ask the workshop."},
    record("CaseComment", "00a000000000002AAA", "03-02 11:30", ParentId=CASE, IsPublished=True, IsDeleted=False)
    | {"CommentBody": "Yes.", "CreatedById": ANAS_LOGIN},
]
OPPORTUNITIES = [
    record("Opportunity", WON, "02-01 09:00", "03-20", AccountId=NORD, Name="Drills", StageName="Closed Won")
    | {"Amount": 1000, "Probability": 100, "CloseDate": "2026-03-31", "IsClosed": True, "IsWon": True}
    | {"OwnerId": LEE, "IsDeleted": False},
    # What became of it after the end of March does not exist for a run of then.
    record("Opportunity", UNDECIDED, "03-01 09:00", "04-05", AccountId=PIAS_ACCOUNT, StageName="Closed Lost")
    | {"Name": "Saws", "Amount": 300, "Probability": 0, "CloseDate": "2026-04-05", "IsClosed": True, "IsWon": False}
    | {"OwnerId": LEE, "IsDeleted": False},
]
OPPORTUNITY_HISTORY = [
    stage(1, WON, "02-01 09:00", "Prospecting", 10, 800),
    stage(2, WON, "02-20 09:00", "Proposal", 50, 1000),
    stage(3, WON, "03-10 15:00", "Closed Won", 100, 1000),
    stage(4, UNDECIDED, "03-01 09:00", "Proposal", 50, 400),
    stage(5, UNDECIDED, "04-05", "Closed Lost", 0, 300),
]
OPPORTUNITY_ROLES = [
    record("OpportunityContactRole", "00K000000000001EAA", OpportunityId=WON, ContactId=BO, IsPrimary=False)
    | {"Role": "Evaluator", "IsDeleted": False},
    record("OpportunityContactRole", "00K000000000002EAA", OpportunityId=WON, ContactId=ANA, IsPrimary=True)
    | {"Role": "Decision Maker", "IsDeleted": False},
]

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
