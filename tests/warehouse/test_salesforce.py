"""Salesforce's own records, as its API and its exports give them, become accounts, customers, sales and tickets."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.ingest.sources.documented import outcomes, promised_outcomes, text
from tests.warehouse.harness import build, metric, rows
from tests.warehouse.matrix import differences
from tests.warehouse.salesforce_company import (
    ANA,
    ANA_AGAIN,
    AS_OF,
    BO,
    CASE,
    CONTACTS,
    CONVERTED_LEAD,
    DEE,
    LEE,
    MERGED_CASE,
    NORD,
    NORD_SHORT,
    OPEN_LEAD,
    PHONE_CASE,
    PIA,
    RELATIONS,
    UNDECIDED,
    WEB_CASE,
    WON,
    instant,
    land,
    land_company,
)

#: As the Data Loader and the Data Export Service write: 1 for true, names in capitals. Reports have short identifiers.
EXPORTS = {
    "accounts/Account.csv": "account_file_in_capitals.csv",
    "contacts/Contact.csv": "contact_file.csv",
    "cases/Case.csv": "case_file_with_short_identifiers.csv",
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The company; a later pull of it; another account of the vendor; and one that is known by its exports."""
    home = tmp_path_factory.mktemp("salesforce")
    landing = home / "landing"
    land_company(landing)
    deleted = CONTACTS[1] | {"IsDeleted": True, "SystemModstamp": instant("03-20")}
    land(landing, "contacts", [deleted], name="2")
    no_buyer = RELATIONS[1] | {"Roles": "Decision Maker", "SystemModstamp": instant("03-20")}
    land(landing, "account_contact_relations", [no_buyer], name="2")
    land(landing, "contacts", [CONTACTS[0] | {"Email": "other@emea.example"}], source="salesforce_emea")
    for name, payload in EXPORTS.items():
        path = landing / "salesforce_files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text("salesforce", payload), encoding="utf-8")
    with build(home, as_of=AS_OF, vars={"vendors": ["salesforce"], "salesforce_currency": "USD"}) as connection:
        yield connection


def customer(warehouse: Any, person: str, source: str = "salesforce") -> Any:
    [(found,)] = rows(
        warehouse,
        "select distinct customer_id from core.dim_identity_map"
        f" where source_system = '{source}' and entity = 'contacts' and source_id = '{person}'",
    )
    return found


def test_cases_are_tickets_with_status_team_and_times(warehouse):
    found = rows(
        warehouse,
        "select ticket_id, channel, team, priority, category, status, first_resolution_minutes, is_merged"
        " from core.fct_tickets where source_system = 'salesforce' order by 1",
    )
    # Created 10:00, closed 14:00 by its history; created 10:00, closed 12:00 by its own date. The deleted one is gone.
    assert found == [
        (CASE, "email", "Support", "high", "Installation", "closed", 240.0, False),
        (WEB_CASE, "web", "Tier 1", None, None, "solved", 120.0, False),
        (MERGED_CASE, "email", "Tier 1", None, None, "new", None, True),
        (PHONE_CASE, "phone", "Support", "urgent", None, "pending", None, False),
    ]


def test_changes_comments_and_mails_are_the_events_of_the_ticket(warehouse):
    found = rows(
        warehouse,
        "select strftime(occurred_at, '%H:%M'), event_type, from_value, to_value, actor_type, actor_id, is_public"
        f" from core.fct_ticket_events where ticket_id = '{CASE}' order by event_number",
    )
    robot = "005000000000003AAA"
    assert [row[:5] for row in found] == [
        ("09:59", "comment", None, None, "customer"),
        ("10:10", "assignee", None, LEE, "agent"),
        ("10:10", "team", "Tier 1", "Support", "agent"),
        ("10:12", "comment", None, None, "agent"),
        ("10:20", "priority", "normal", "high", "agent"),
        ("10:30", "status", "new", "open", "agent"),
        ("10:40", "comment", None, None, "agent"),
        ("11:00", "status", "open", "pending", "agent"),
        ("11:30", "comment", None, None, "customer"),
        ("12:00", "status", "pending", "open", "system"),
        ("14:00", "status", "open", "closed", "agent"),
    ]
    # The portal's user is the contact.
    assert [(row[5], row[6]) for row in found if row[1] == "comment"] == [
        (ANA, True),
        (LEE, False),
        (LEE, True),
        (ANA, True),
    ]
    assert [row[5] for row in found if row[4] == "system"] == [robot]


def test_the_first_reply_is_the_mail_that_was_sent(warehouse):
    found = rows(
        warehouse,
        "select first_reply_minutes, agent_reply_count, customer_reply_count from core.fct_tickets"
        f" where ticket_id = '{CASE}'",
    )
    # Not the note of 10:12, nor the draft of 10:15, but the mail of 10:40; the mail of 9:59 is the case.
    assert found == [(40.0, 1, 1)]
    replies = metric(warehouse, "first_reply_minutes")
    assert (replies["value"], replies["n"]) == (40.0, 1)


def test_a_case_is_that_of_its_contact_person_account_or_guest(warehouse):
    found = dict(
        rows(warehouse, "select ticket_id, customer_id from core.fct_tickets where source_system = 'salesforce'")
    )
    assert found[CASE] == found[MERGED_CASE] == customer(warehouse, ANA)
    assert found[PHONE_CASE] == customer(warehouse, PIA)
    assert found[WEB_CASE] not in ("-1", found[CASE], found[PHONE_CASE])


def test_a_converted_lead_and_its_contact_are_one_person(warehouse):
    assert customer(warehouse, CONVERTED_LEAD) == customer(warehouse, DEE)
    found = rows(
        warehouse,
        "select lifecycle_status, converted_at from core.dim_customers"
        f" where customer_id = '{customer(warehouse, DEE)}' and is_current",
    )
    assert found == [("prospect", datetime(2026, 2, 10, tzinfo=UTC))]
    lead = rows(
        warehouse,
        f"select lifecycle_status from core.dim_customers where customer_id = '{customer(warehouse, OPEN_LEAD)}'",
    )
    assert lead == [("lead",)]


def test_merged_contacts_are_one_customer_who_exists(warehouse):
    assert customer(warehouse, ANA_AGAIN) == customer(warehouse, ANA)
    found = rows(
        warehouse,
        "select is_deleted, has_marketing_consent from core.dim_customers"
        f" where customer_id = '{customer(warehouse, ANA)}' and is_current",
    )
    assert found == [(False, False)]


def test_the_switchboard_of_an_account_is_nobodys_number(warehouse):
    found = rows(
        warehouse,
        "select contact_id, phone from intermediate.int_contacts_current"
        f" where source_system = 'salesforce' and contact_id in ('{ANA}', '{BO}') order by 1",
    )
    assert found == [(ANA, None), (BO, "+49 30 2001")]


def test_a_contact_in_the_recycle_bin_is_deleted_from_then_on(warehouse):
    found = rows(
        warehouse,
        "select is_deleted, valid_from from core.dim_customers"
        f" where customer_id = '{customer(warehouse, BO)}' order by valid_from",
    )
    assert found == [(False, datetime(1900, 1, 1, tzinfo=UTC)), (True, datetime(2026, 3, 20, tzinfo=UTC))]


def test_roles_come_from_relations_and_memberships_from_contacts(warehouse):
    found = rows(
        warehouse,
        "select accounts.name, roles.role, roles.customer_id from core.bridge_accounts_x_contacts as roles"
        " inner join core.dim_accounts as accounts using (account_id) order by 1, 2",
    )
    # Ana buys nothing any more, Dee's influence on Nord AG has ended, and Bo is deleted. A household shows no name.
    assert found == [
        ("Nord AG", "other", customer(warehouse, ANA)),
        ("Nord Export", "other", customer(warehouse, "003000000000009AAA", "salesforce_files")),
        ("Süd GmbH", "decision_maker", customer(warehouse, ANA)),
        ("Süd GmbH", "other", customer(warehouse, DEE)),
        (None, "other", customer(warehouse, PIA)),
    ]


def test_accounts_have_their_domain_and_kind(warehouse):
    found = rows(warehouse, "select name, account_type, domain from staging.stg_salesforce__accounts order by 1")
    assert found == [
        ("Nord AG", "company", "nord.example"),
        ("Nord Export", "company", None),
        ("Pia Holm", "household", None),
        ("Süd GmbH", "company", "sued.example"),
    ]


def test_users_are_agents_unless_they_are_customers(warehouse):
    found = rows(warehouse, "select name, team, is_bot, left_at from staging.stg_salesforce__agents order by agent_id")
    assert found == [
        ("Lee Wong", "Support", False, None),
        ("Kim Roe", "Support", False, datetime(2026, 2, 1, tzinfo=UTC)),
        ("Automated Process", None, True, None),
    ]


def test_identifiers_of_15_and_18_characters_are_one(warehouse):
    found = rows(
        warehouse,
        f"select distinct account_id from staging.stg_salesforce__contacts where contact_id = '{ANA}'",
    )
    assert (NORD_SHORT, found) == (NORD[:15], [(NORD,)])


def test_opportunities_are_what_their_history_says_they_were(warehouse):
    found = rows(
        warehouse,
        "select opportunity_id, stage, status, amount, probability, closed_at, customer_id"
        " from core.fct_opportunities order by 1",
    )
    # The first was closed by its history on the tenth, not on its close date. The second was lost in April.
    closed_at = datetime(2026, 3, 10, 15, tzinfo=UTC)
    assert found == [
        (WON, "Closed Won", "won", Decimal(1000), 1.0, closed_at, customer(warehouse, ANA)),
        (UNDECIDED, "Proposal", "open", Decimal(400), 0.5, None, customer(warehouse, PIA)),
    ]


def test_another_account_of_the_vendor_has_people_of_its_own(warehouse):
    assert customer(warehouse, ANA, "salesforce_emea") != customer(warehouse, ANA)


def test_an_export_file_brings_what_its_columns_hold(warehouse):
    found = rows(
        warehouse,
        "select tickets.ticket_id, tickets.channel, tickets.status, tickets.first_resolution_minutes,"
        " tickets.customer_id, accounts.name from core.fct_tickets as tickets"
        " inner join core.dim_accounts as accounts using (account_id) where tickets.source_system = 'salesforce_files'",
    )
    eve = customer(warehouse, "003000000000009AAA", "salesforce_files")
    assert found == [("500000000000009AAA", "phone", "solved", 30.0, eve, "Nord Export")]


def test_the_models_fill_the_columns_of_the_matrix(warehouse):
    assert differences(warehouse, "salesforce") == []


def test_each_payload_of_the_documentation_becomes_what_its_name_says(warehouse, tmp_path):
    assert outcomes("salesforce", warehouse, tmp_path) == promised_outcomes("salesforce")
