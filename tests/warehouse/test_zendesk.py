"""Zendesk's own records, as its API gives them, become tickets, events, customers and agents of the warehouse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.ingest.sources.documented import outcomes, promised_outcomes
from tests.warehouse.harness import build, rows
from tests.warehouse.matrix import differences
from tests.warehouse.zendesk_company import AS_OF, CUSTOM_FIELDS, USERS, land, land_company, ticket

NEEDS = [
    "path:models/staging/zendesk",
    "custom_field_values",
    "customer_identifiers",
    "dim_accounts",
    "dim_agents",
    "dim_customers",
    "dim_sla_policies",
    "fct_ticket_events",
    "fct_tickets",
    "int_holidays_current",
    "int_schedules_current",
]
CHANGED = datetime(2026, 3, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("zendesk")
    land_company(home / "landing")
    settings = {"vendors": ["zendesk"], "custom_fields": CUSTOM_FIELDS}
    with build(home, as_of=AS_OF, vars=settings, needs=NEEDS) as connection:
        yield connection


def test_a_ticket_has_its_channel_team_and_times(warehouse):
    found = rows(
        warehouse,
        "select channel, team, first_team, priority, first_reply_minutes, first_reply_business_minutes,"
        " first_resolution_minutes, agent_reply_count, satisfaction, is_solved"
        " from core.fct_tickets where ticket_id = '1'",
    )
    # Created 10:00; the only public comment of the agent and the solution at 11:00; open since 10:30.
    assert found == [("phone", "Billing", "First line", "normal", 60.0, 30.0, 60.0, 1, "good", True)]


def test_targets_hold_from_their_change_and_a_policy_that_is_gone_is_marked(warehouse):
    ever, never = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    assert rows(
        warehouse,
        "select policy_id, metric, priority, target_minutes, hours, is_deleted, is_current, valid_from, valid_to"
        " from core.dim_sla_policies where sla_policy_key <> -1 order by all",
    ) == [
        ("81", "first_reply", "high", 30.0, "business", False, True, CHANGED, never),
        ("81", "first_reply", "high", 60.0, "business", False, False, ever, CHANGED),
        ("81", "full_resolution", "low", 2880.0, "calendar", False, False, ever, CHANGED),
        ("81", "periodic_update", "urgent", 60.0, "business", False, True, ever, never),
        ("82", "full_resolution", "low", 2880.0, "calendar", True, True, ever, never),
    ]


def test_hours_hold_from_their_change_and_a_schedule_that_is_gone_is_nobodys(warehouse):
    assert rows(
        warehouse,
        "select schedule_id, timezone, opens_at, closes_at, is_deleted, valid_from, valid_to, list_sort(list(weekday))"
        " from intermediate.int_schedules_current group by all order by schedule_id, valid_from nulls first",
    ) == [
        ("7", "Europe/Berlin", "11:30", "18:00", False, None, CHANGED, [1, 2, 3, 4, 5]),
        ("7", "Europe/Berlin", "08:00", "24:00", False, CHANGED, None, [1, 2, 3, 4, 5]),
        ("8", "Europe/Berlin", "00:00", "24:00", True, None, None, [1, 2, 3, 4, 5]),
    ]


def test_a_holiday_of_several_days_closes_each(warehouse):
    assert rows(
        warehouse, "select schedule_id, holiday_date, name from intermediate.int_holidays_current order by 2"
    ) == [("7", date(2026, 2, 16), "Carnival"), ("7", date(2026, 2, 17), "Carnival")]


def test_a_custom_field_fills_the_column_that_the_setting_names(warehouse):
    assert rows(warehouse, "select category, is_complaint, severity from core.fct_tickets where ticket_id = '1'") == [
        ("billing", True, None)
    ]  # "very" is no number
    assert rows(warehouse, "select segment from core.dim_customers where customer_id <> '-1'") == [("family",)]


def test_a_custom_field_of_another_name_and_one_that_fits_no_column_are_values_of_their_record(warehouse):
    assert rows(
        warehouse,
        "select entity, record_id, customer_id is not null, account_id is not null, field, value, is_misfit"
        " from core.custom_field_values order by entity, field",
    ) == [
        ("accounts", "900", False, True, "renewal", "2026-12-31", False),
        ("tickets", "1", False, False, "plan", "gold", False),
        ("tickets", "1", False, False, "severity", "very", True),
    ]


def test_a_merged_ticket_is_known_as_such_and_a_deleted_one_is_no_fact(warehouse):
    assert rows(warehouse, "select ticket_id, is_merged from core.fct_tickets order by 1") == [
        ("1", False),
        ("2", True),
        ("35", False),
        ("36", False),
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
    with build(tmp_path, as_of=AS_OF, vars={"vendors": ["zendesk"]}, needs=["fct_tickets"]):
        pass
    left = {**USERS[1], "role": "end-user", "updated_at": "2026-03-10T00:00:00Z"}
    land(tmp_path / "landing", "users", [left], name="2")
    later = datetime(2026, 11, 2, 12, tzinfo=UTC)
    with build(
        tmp_path, as_of=AS_OF, vars={"vendors": ["zendesk"]}, loaded_at=later, needs=["fct_tickets"]
    ) as connection:
        reply = rows(
            connection, "select first_reply_minutes, agent_reply_count from core.fct_tickets where ticket_id = '1'"
        )
        history = rows(connection, "select role from core.dim_agents where agent_id = '2' order by valid_from")
    assert reply == [(60.0, 1)]
    assert history == [("agent",), ("end-user",)]


def test_two_accounts_of_the_vendor_stand_side_by_side(tmp_path):
    for source in ("zendesk", "zendesk_emea"):
        land(tmp_path / "landing", "tickets", [ticket(1, subject=source)], source=source)
    with build(tmp_path, as_of=AS_OF, vars={"vendors": ["zendesk"]}, needs=["fct_tickets"]) as connection:
        found = rows(connection, "select source_system, ticket_id from core.fct_tickets order by 1")
    assert found == [("zendesk", "1"), ("zendesk_emea", "1")]


def test_a_vendor_that_is_switched_off_leaves_no_ticket(tmp_path):
    land(tmp_path / "landing", "tickets", [ticket(1)])
    with build(tmp_path, as_of=AS_OF, needs=["fct_tickets"]) as connection:
        assert rows(connection, "select count(*) from core.fct_tickets") == [(0,)]


def test_the_models_fill_the_columns_of_the_matrix(warehouse):
    assert differences(warehouse, "zendesk") == []


def test_each_payload_of_the_documentation_becomes_what_its_name_says(warehouse, tmp_path):
    assert outcomes("zendesk", warehouse, tmp_path) == promised_outcomes("zendesk")
