"""HubSpot's own records, as its API gives them, become accounts, customers, tickets and survey answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ingest.sources.documented import outcomes, promised_outcomes
from tests.warehouse import zendesk_company
from tests.warehouse.harness import build, metric, rows
from tests.warehouse.hubspot_company import (
    ARCHIVED,
    AS_OF,
    CONTACTS,
    DUPLICATES,
    SURVIVOR,
    TICKET,
    associated,
    employee,
    land,
    land_company,
    record,
)
from tests.warehouse.matrix import differences

HUBSPOT = {"vendors": ["hubspot"]}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("hubspot")
    land_company(home / "landing")
    # A later pull: two contacts are one now, another is gone, and Bo has left for the other company.
    moved = CONTACTS[1] | {"updatedAt": "2026-03-05T00:00:00Z", "associations": employee(500)}
    land(home / "landing", "contacts", [ARCHIVED, moved, SURVIVOR], name="2")
    with build(home, as_of=AS_OF, vars=HUBSPOT) as connection:
        yield connection


def customer(warehouse: Any, contact: str) -> Any:
    [(found,)] = rows(
        warehouse,
        "select distinct customer_id from core.dim_identity_map"
        f" where source_system = 'hubspot' and entity = 'contacts' and source_id = '{contact}'",
    )
    return found


def test_a_ticket_has_its_status_team_and_times(warehouse):
    found = rows(
        warehouse,
        "select channel, team, priority, status, first_resolution_minutes, is_solved from core.fct_tickets",
    )
    # Created 10:00, closed 12:00.
    assert found == [("web", "Support", "high", "closed", 120.0, True)]


def test_a_ticket_is_that_of_its_contact_and_company(warehouse):
    found = rows(
        warehouse,
        "select tickets.customer_id, accounts.name from core.fct_tickets as tickets"
        " inner join core.dim_accounts as accounts using (account_id)",
    )
    assert found == [(customer(warehouse, "1"), "Nord AG")]


def test_earlier_values_of_properties_are_the_events_of_the_ticket(warehouse):
    found = rows(
        warehouse,
        "select event_type, from_value, to_value, actor_type, actor_id, strftime(occurred_at, '%H:%M')"
        " from core.fct_ticket_events order by event_number",
    )
    # Stage 553 stands before the closed one and after the first: open. The priority at 10:00:00.4 is that of creation.
    assert found == [
        ("assignee", None, "71", "system", None, "10:10"),
        ("priority", "low", "high", "agent", "71", "10:20"),
        ("status", "new", "pending", "agent", "71", "10:30"),
        ("status", "pending", "open", "agent", "71", "11:00"),
        ("status", "open", "closed", "agent", "71", "12:00"),
    ]


def test_owners_are_agents_of_their_main_team(warehouse):
    found = rows(warehouse, "select agent_id, team from core.dim_agents where agent_id <> '-1'")
    assert found == [("71", "Support")]


def test_members_and_roles_come_from_associations_their_labels_and_the_buying_role(warehouse):
    found = rows(
        warehouse,
        "select accounts.name, roles.role, roles.customer_id from core.bridge_accounts_x_contacts as roles"
        " inner join core.dim_accounts as accounts using (account_id) order by 1, 2",
    )
    # Bo left Süd GmbH for Nord AG, and Ana, who worked there, is archived.
    assert found == [
        ("Nord AG", "other", customer(warehouse, "2")),
        ("Nord AG", "user", customer(warehouse, "3")),
        ("Süd GmbH", "decision_maker", customer(warehouse, "3")),
        ("Süd GmbH", "payer", customer(warehouse, "3")),
    ]


def test_an_archived_contact_is_deleted_from_then_on(warehouse):
    found = rows(
        warehouse,
        "select is_deleted, is_current, has_marketing_consent, valid_from from core.dim_customers"
        f" where customer_id = '{customer(warehouse, '1')}' order by valid_from",
    )
    assert found == [
        (False, False, False, datetime(1900, 1, 1, tzinfo=UTC)),
        (True, True, False, datetime(2026, 3, 20, tzinfo=UTC)),
    ]


def test_merged_contacts_are_one_customer_who_has_the_values_of_the_survivor(warehouse):
    assert customer(warehouse, "10") == customer(warehouse, "11") == customer(warehouse, "12")
    found = rows(
        warehouse,
        "select first_name, email, phone from restricted.customer_identifiers"
        f" where customer_id = '{customer(warehouse, '12')}'",
    )
    assert found == [("Cyrus", "cy@new.example", None)]
    deleted = rows(
        warehouse,
        f"select is_deleted from core.dim_customers where customer_id = '{customer(warehouse, '12')}' and is_current",
    )
    assert deleted == [(False,)]


@pytest.fixture(scope="module")
def late_start(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """First pulled after a merge, and without the pipelines; no ticket has a history."""
    home = tmp_path_factory.mktemp("late")

    def ticket(number: int, stage: str, closed: str | None) -> dict[str, Any]:
        properties = TICKET["properties"] | {"hs_pipeline_stage": stage, "closed_date": closed}
        requester = associated(contacts=[(11, "ticket_to_contact")])
        return record(number, "2026-03-02T10:00:00Z", **properties, associations=requester)

    land(home / "landing", "contacts", [SURVIVOR])
    tickets = [ticket(1, "77", "2026-03-02T12:00:00Z"), ticket(2, "78", None), ticket(3, "2", None)]
    land(home / "landing", "tickets", tickets)
    with build(
        home, as_of=AS_OF, vars=HUBSPOT, needs=["fct_tickets", "dim_identity_map", "customer_identifiers"]
    ) as connection:
        yield connection


def test_an_id_that_was_merged_away_before_the_first_pull_is_known_by_the_survivor(late_start):
    found = rows(late_start, "select distinct customer_id from core.fct_tickets")
    assert found == [(customer(late_start, "12"),)]
    assert rows(late_start, "select count(*) from restricted.customer_identifiers") == [(1,)]


def test_a_contact_that_was_merged_away_before_the_first_pull_is_as_old_as_the_survivor(late_start):
    # HubSpot gives the survivor the oldest date of creation. Unknown, it would make a customer of always.
    found = rows(
        late_start, "select contact_id, cast(created_at as varchar) from staging.stg_hubspot__contacts order by 1"
    )
    assert found == [(number, "2026-02-01 09:00:00+00") for number in ("10", "11", "12")]


def test_without_history_a_ticket_is_solved_at_its_closing_date(late_start):
    found = rows(late_start, "select ticket_id, first_resolution_minutes from core.fct_tickets order by 1")
    assert found == [("1", 120.0), ("2", None), ("3", None)]


def test_without_pipelines_a_stage_is_closed_if_its_tickets_have_a_closing_date(late_start):
    found = rows(late_start, "select stage, status from staging.base_hubspot__ticket_stages order by 1")
    assert found == [("2", "pending"), ("77", "closed"), ("78", "open")]


def test_before_the_merge_the_duplicates_were_not_deleted(tmp_path):
    land(tmp_path / "landing", "contacts", DUPLICATES)
    land(tmp_path / "landing", "contacts", [SURVIVOR], name="2")
    with build(tmp_path, as_of="2026-01-31", vars=HUBSPOT, needs=["dim_customers"]) as connection:
        found = rows(connection, "select is_deleted from core.dim_customers where customer_id <> '-1'")
    assert found == [(False,)]


def test_a_person_found_by_the_address_that_a_merge_dropped_stays_one_customer(tmp_path):
    land(tmp_path / "landing", "contacts", DUPLICATES)
    land(tmp_path / "landing", "contacts", [SURVIVOR], name="2")
    user = zendesk_company.USERS[0] | {"email": "cy@old.example"}
    zendesk_company.land(tmp_path / "landing", "users", [user])
    with build(
        tmp_path, as_of=AS_OF, vars={"vendors": ["hubspot", "zendesk"]}, needs=["dim_identity_map"]
    ) as connection:
        found = rows(connection, "select count(distinct customer_id), count(*) from core.dim_identity_map")
    assert found == [(1, 4)]


def test_merged_companies_are_one_account(tmp_path):
    survivor = record(
        502, "2026-02-01T00:00:00Z", name="Nord SE", domain="nord-se.example", hs_merged_object_ids="500;501"
    )
    land_company(tmp_path / "landing")
    land(tmp_path / "landing", "companies", [survivor], name="2")
    with build(tmp_path, as_of=AS_OF, vars=HUBSPOT, needs=["dim_accounts"]) as connection:
        found = rows(connection, "select name, is_deleted from core.dim_accounts where account_id <> '-1'")
    assert found == [("Nord SE", False)]


def test_answers_reach_the_metrics(warehouse):
    # Promoters 3 of 6, detractors 2 of 6: (3 - 2) / 6 = 16.7.
    nps = metric(warehouse, "nps")
    assert (round(nps["value"], 1), nps["n"]) == (16.7, 6)
    # One of two gave the best of three ratings.
    csat = metric(warehouse, "csat")
    assert (csat["value"], csat["n"]) == (50.0, 2)
    # Of 3 and 7 on a scale of seven the mean is 5.
    ces = metric(warehouse, "ces_mean")
    assert (ces["value"], ces["n"]) == (5.0, 2)


def test_words_are_answers_and_empty_ones_are_none(warehouse):
    found = rows(
        warehouse,
        "select response_id, exclusion_reason from core.fct_survey_answers where metric = 'text'",
    )
    assert found == [("1010", None)]


def test_two_accounts_of_the_vendor_stand_side_by_side(tmp_path):
    for source in ("hubspot", "hubspot_emea"):
        person = record(1, "2026-01-02T00:00:00Z", email=f"{source}@x.example")
        land(tmp_path / "landing", "contacts", [person], source=source)
        land(tmp_path / "landing", "tickets", [TICKET], source=source)
    with build(tmp_path, as_of=AS_OF, vars=HUBSPOT, needs=["fct_tickets"]) as connection:
        found = rows(connection, "select source_system, ticket_id from core.fct_tickets order by 1")
        customers = rows(connection, "select count(distinct customer_id) from core.fct_tickets")
    assert found == [("hubspot", "900"), ("hubspot_emea", "900")]
    assert customers == [(2,)]


def test_one_person_in_two_vendors_is_one_customer(tmp_path):
    land(tmp_path / "landing", "contacts", CONTACTS)
    user = zendesk_company.USERS[0] | {"email": "ana@nord.example"}
    zendesk_company.land(tmp_path / "landing", "users", [user])
    zendesk_company.land(tmp_path / "landing", "tickets", [zendesk_company.ticket(1)])
    with build(
        tmp_path, as_of=AS_OF, vars={"vendors": ["hubspot", "zendesk"]}, needs=["fct_tickets", "dim_identity_map"]
    ) as connection:
        [(of_ticket,)] = rows(connection, "select customer_id from core.fct_tickets")
        assert of_ticket == customer(connection, "1")


def test_an_export_file_brings_what_its_columns_hold(tmp_path):
    folder = tmp_path / "landing" / "hubspot"
    (folder / "contacts").mkdir(parents=True)
    (folder / "tickets").mkdir()
    (folder / "companies").mkdir()
    (folder / "companies" / "all.csv").write_text("Record ID,Company name\n500,Nord AG\n", encoding="utf-8")
    (folder / "contacts" / "all.csv").write_text(
        "Record ID,First Name,Last Name,Email,Create Date,Last Modified Date,Associated Company IDs (Primary)\n"
        "1,Ana,Ruiz,ana@nord.example,2026-01-02 00:00,2026-01-03 00:00,500\n",
        encoding="utf-8",
    )
    (folder / "tickets" / "all.csv").write_text(
        "Ticket ID,Ticket name,Ticket status,Priority,Source,Create date,Close date,Associated Contact IDs\n"
        "900,Drill,Waiting on contact,Medium,Email,2026-03-02 10:00,,1;2\n",
        encoding="utf-8",
    )
    with build(
        tmp_path, as_of=AS_OF, vars=HUBSPOT, needs=["fct_tickets", "dim_identity_map", "bridge_accounts_x_contacts"]
    ) as connection:
        found = rows(connection, "select channel, status, priority, customer_id from core.fct_tickets")
        assert found == [("email", "pending", "normal", customer(connection, "1"))]
        members = rows(connection, "select role from core.bridge_accounts_x_contacts")
    assert members == [("other",)]


def test_deals_are_opportunities_and_a_merged_one_is_none(warehouse):
    assert rows(
        warehouse,
        "select opportunity_id, account_id, contact_id, stage, amount, currency, is_closed, is_won,"
        " cast(expected_close_on as varchar), cast(closed_at as varchar), lost_reason, is_deleted"
        " from intermediate.int_opportunities_current order by 1",
    ) == [
        ("800", "500", "1", "91", 1200.5, "EUR", False, False, "2026-04-30", None, None, False),
        ("801", None, None, "closedlost", 900, None, True, False, None, "2026-02-01 09:00:00+00", "price", False),
        ("802", None, None, "91", 900, None, False, False, None, None, None, True),
    ]


def test_the_models_fill_the_columns_of_the_matrix(warehouse):
    assert differences(warehouse, "hubspot") == []


def test_each_payload_of_the_documentation_becomes_what_its_name_says(warehouse, tmp_path):
    assert outcomes("hubspot", warehouse, tmp_path) == promised_outcomes("hubspot")
