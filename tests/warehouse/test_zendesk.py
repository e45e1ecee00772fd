"""Zendesk's own records, as its API gives them, become tickets, events, customers and agents of the warehouse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.warehouse.harness import build, rows
from tests.warehouse.matrix import differences
from tests.warehouse.zendesk_company import AS_OF, USERS, land, land_company, ticket


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("zendesk")
    land_company(home / "landing")
    with build(home, as_of=AS_OF, vars={"vendors": ["zendesk"]}) as connection:
        yield connection


def test_a_ticket_has_its_channel_team_and_times(warehouse):
    found = rows(
        warehouse,
        "select channel, team, first_team, priority, first_reply_minutes, first_resolution_minutes, agent_reply_count,"
        " satisfaction, is_solved from core.fct_tickets where ticket_id = '1'",
    )
    # Created 10:00; the only public comment of the agent and the solution at 11:00.
    assert found == [("phone", "Billing", "First line", "normal", 60.0, 60.0, 1, "good", True)]


def test_a_merged_ticket_is_known_as_such_and_a_deleted_one_is_no_fact(warehouse):
    assert rows(warehouse, "select ticket_id, is_merged from core.fct_tickets order by 1") == [
        ("1", False),
        ("2", True),
    ]


def test_an_event_that_came_twice_is_one_event(warehouse):
    found = rows(
        warehouse,
        "select event_type, from_value, to_value, actor_type, is_public from core.fct_ticket_events"
        " where ticket_id = '1' order by event_number",
    )
    assert found == [
        ("comment", None, None, "customer", True),
        ("team", "First line", "Billing", "agent", None),
        ("assignee", None, "2", "agent", None),
        ("comment", None, None, "agent", False),
        ("comment", None, None, "agent", True),
        ("status", "new", "solved", "agent", None),
        ("satisfaction", "offered", "good", "customer", None),
    ]


def test_customers_and_agents_are_told_apart(warehouse):
    assert rows(warehouse, "select agent_id, team from core.dim_agents where agent_id <> '-1'") == [("2", "First line")]
    assert rows(
        warehouse,
        "select first_name, last_name, email from restricted.customer_identifiers order by 1",
    ) == [("Ana de la", "Cruz", "ana@example.com")]


def test_the_organization_is_the_account_of_ticket_and_customer(warehouse):
    found = rows(
        warehouse,
        "select accounts.name from core.fct_tickets as tickets"
        " inner join core.dim_accounts as accounts using (account_id) where ticket_id = '1'",
    )
    assert found == [("Cruz y Cía.",)]


def test_an_agent_who_left_and_became_an_end_user_stays_the_one_who_replied(tmp_path):
    land_company(tmp_path / "landing")
    with build(tmp_path, as_of=AS_OF, vars={"vendors": ["zendesk"]}):
        pass
    left = {**USERS[1], "role": "end-user", "updated_at": "2026-03-10T00:00:00Z"}
    land(tmp_path / "landing", "users", [left], name="2")
    later = datetime(2026, 11, 2, 12, tzinfo=UTC)
    with build(tmp_path, as_of=AS_OF, vars={"vendors": ["zendesk"]}, loaded_at=later) as connection:
        reply = rows(
            connection, "select first_reply_minutes, agent_reply_count from core.fct_tickets where ticket_id = '1'"
        )
        history = rows(connection, "select role from core.dim_agents where agent_id = '2' order by valid_from")
    assert reply == [(60.0, 1)]
    assert history == [("agent",), ("end-user",)]


def test_two_accounts_of_the_vendor_stand_side_by_side(tmp_path):
    for source in ("zendesk", "zendesk_emea"):
        land(tmp_path / "landing", "tickets", [ticket(1, subject=source)], source=source)
    with build(tmp_path, as_of=AS_OF, vars={"vendors": ["zendesk"]}) as connection:
        found = rows(connection, "select source_system, ticket_id from core.fct_tickets order by 1")
    assert found == [("zendesk", "1"), ("zendesk_emea", "1")]


def test_a_vendor_that_is_switched_off_leaves_no_ticket(tmp_path):
    land(tmp_path / "landing", "tickets", [ticket(1)])
    with build(tmp_path, as_of=AS_OF) as connection:
        assert rows(connection, "select count(*) from core.fct_tickets") == [(0,)]


def test_the_models_fill_the_columns_of_the_matrix(warehouse):
    assert differences(warehouse, "zendesk") == []
