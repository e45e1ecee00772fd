"""Freshdesk's own records, as its API and its exports give them, become tickets, customers, agents and ratings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ingest.sources.documented import outcomes, promised_outcomes
from tests.warehouse.freshdesk_company import AS_OF, land_company, land_export
from tests.warehouse.harness import build, metric, rows
from tests.warehouse.matrix import differences

FILES = "freshdesk_files"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("freshdesk")
    land_company(home / "landing")
    land_export(home / "landing", FILES)
    settings = {
        "vendors": ["freshdesk"],
        "freshdesk_export_timezone": "America/New_York",
        "custom_fields": {
            "freshdesk": {"tickets": {"root_cause": "custom_fields.cf_plan", "nothing": "custom_fields.cf_nothing"}}
        },
    }
    with build(home, as_of=AS_OF, vars=settings) as connection:
        yield connection


def of_ticket(warehouse: Any, columns: str, number: int = 1, source: str = "freshdesk") -> tuple[Any, ...]:
    [found] = rows(
        warehouse,
        f"select {columns} from core.fct_tickets where source_system = '{source}' and ticket_id = '{number}'",
    )
    return found


def test_a_ticket_has_its_channel_team_and_times(warehouse):
    found = of_ticket(
        warehouse,
        "channel, team, priority, status, first_reply_minutes, agent_reply_count, customer_reply_count, satisfaction",
    )
    # Created 10:00; the first public words of an agent at 10:30: a note and a forward before that are no reply.
    assert found == ("phone", "Billing", "normal", "closed", 30.0, 1, 1, "good")


def test_steps_that_an_earlier_pull_saw_stay_known(warehouse):
    found = of_ticket(
        warehouse, "first_resolution_minutes, full_resolution_minutes, reopen_count, requester_wait_minutes, is_solved"
    )
    # Resolved at 11:00, as only the first pull says; again at 12:00. Open from 10:00 to 11:00 and from 11:30 to 12:00.
    assert found == (60.0, 120.0, 1, 90.0, True)


def test_what_happened_to_a_ticket_is_in_order(warehouse):
    found = rows(
        warehouse,
        "select event_type, from_value, to_value, actor_type, is_public from core.fct_ticket_events"
        " where source_system = 'freshdesk' and ticket_id = '1' order by event_number",
    )
    assert found == [
        ("status", "new", "open", None, None),
        ("comment", None, None, "agent", False),
        ("comment", None, None, "agent", False),
        ("comment", None, None, "agent", True),
        ("comment", None, None, "customer", True),
        ("status", "open", "solved", None, None),
        ("status", "solved", "open", None, None),
        ("status", "open", "solved", None, None),
        ("status", "solved", "closed", None, None),
        ("satisfaction", None, "good", "customer", None),
    ]


def test_merged_spam_and_deleted_tickets_are_known_as_such(warehouse):
    found = rows(
        warehouse,
        "select ticket_id, is_merged, is_spam from core.fct_tickets where source_system = 'freshdesk' order by 1",
    )
    assert found == [
        ("1", False, False),
        ("2", True, False),
        ("4", False, True),
        ("5", False, False),
        ("6", False, False),
        ("7", False, False),
    ]


def test_statuses_of_an_accounts_making_go_by_their_name(warehouse):
    found = rows(
        warehouse,
        "select ticket_id, status, channel, is_solved from core.fct_tickets"
        " where source_system = 'freshdesk' and ticket_id > '4' order by 1",
    )
    assert found == [
        ("5", "hold", "web", False),
        ("6", "pending", "email", False),
        ("7", "open", "email", False),
    ]
    # Open from 10:00 on the day before to 10:00, then on hold until the cut: 2026-04-01, 28 days and 14 hours later.
    assert of_ticket(warehouse, "requester_wait_minutes, on_hold_minutes", 5) == (1440.0 + 41160.0, 41160.0)


def test_ratings_are_satisfaction_of_tickets_and_answers_to_a_survey(warehouse):
    # Good and bad; a neutral rating is neither.
    of_tickets = metric(warehouse, "csat_ticket", period_grain="all_time")
    # The export's "Extremely Happy" is a third, of the other help desk.
    assert (of_tickets["numerator"], of_tickets["n"]) == (2, 3)
    of_answers = metric(warehouse, "csat", period_grain="all_time")
    # 3, 0 and -3: one of three is satisfied.
    assert (of_answers["numerator"], of_answers["n"]) == (1, 3)
    found = rows(
        warehouse,
        "select surveys.name, questions.metric, question_text, answers.value_number, answers.has_text"
        " from core.fct_survey_answers as answers"
        " inner join core.dim_survey_questions as questions using (question_key)"
        " inner join core.dim_surveys as surveys on questions.survey_key = surveys.survey_key"
        " where response_id = '71' order by 2",
    )
    assert found == [
        ("After each ticket", "csat", "How would you rate the support that you got?", 3.0, False),
        ("After each ticket", "driver", "Was it fast?", -1.0, False),
        ("After each ticket", "text", None, None, True),
    ]


def test_customers_agents_and_companies_are_told_apart(warehouse):
    # Cy is in two groups.
    found = rows(warehouse, "select agent_id, team from core.dim_agents where agent_id <> '-1' order by 1")
    assert found == [("2", "Billing"), ("3", None)]
    assert rows(warehouse, "select first_name, last_name, email from restricted.customer_identifiers order by 1") == [
        ("Ana de la", "Cruz", "ana@example.com")
    ]
    found = rows(
        warehouse,
        "select accounts.name, accounts.industry, accounts.tier from core.fct_tickets as tickets"
        " inner join core.dim_accounts as accounts using (account_id)"
        " where source_system = 'freshdesk' and ticket_id = '1'",
    )
    assert found == [("Cruz y Cía.", "Legal", "Premium")]


def test_an_export_of_tickets_is_read_by_the_clock_of_its_help_desk(warehouse):
    found = of_ticket(
        warehouse,
        "created_at, channel, team, priority, status, first_resolution_minutes, satisfaction, is_solved",
        source=FILES,
    )
    # 05:00 in New York in winter.
    created = datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert found == (created, "phone", "Billing", "normal", "closed", 60.0, "good", True)
    assert of_ticket(warehouse, "status, team, satisfaction", 2, FILES) == ("open", "First line", None)
    found = rows(
        warehouse,
        "select tags, requester_email from staging.stg_freshdesk__tickets"
        f" where source_system = '{FILES}' and ticket_id = '1'",
    )
    assert found == [('["invoice","VAT"]', "ana@example.com")]


def test_the_models_fill_the_columns_of_the_matrix(warehouse):
    assert differences(warehouse, "freshdesk") == []


def test_a_custom_field_fills_the_column_that_the_setting_names(warehouse):
    assert of_ticket(warehouse, "root_cause") == ("gold",)
    assert rows(warehouse, "select * from core.custom_field_values") == []


def test_each_payload_of_the_documentation_becomes_what_its_name_says(warehouse, tmp_path):
    assert outcomes("freshdesk", warehouse, tmp_path) == promised_outcomes("freshdesk")
