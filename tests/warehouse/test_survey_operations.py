"""Whom surveys ask, how often, and for whom the answers speak; and what became of every answer that was delivered.

Expected values are worked out by hand in the comments. Does not belong here: scores (`test_surveys.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.harness import build, metric, record, rows

AS_OF = "2026-06-30"
MODELS = ("mart_survey_operations", "survey_answer_ledger", "metric_values")


def contact(contact_id: str, **row: Any) -> dict[str, Any]:
    return {"contact_id": contact_id, "created_at": "2020-01-01", "lifecycle_stage": "customer", **row}


def invitation(invitation_id: str, contact_id: str | None, sent_at: str, steps: int = 1, **row: Any) -> dict[str, Any]:
    """steps: how far it got. 0 returned, 1 delivered, 2 begun, 3 completed, each a day after the one before."""
    sent = datetime.fromisoformat(f"{sent_at}T08:00:00+00:00")
    days = [sent.replace(day=sent.day + step).isoformat() for step in range(4)]
    names = ("delivered_at", "started_at", "completed_at")
    return {
        "invitation_id": invitation_id,
        "survey_id": "pulse",
        "contact_id": contact_id,
        "channel": "email",
        "sent_at": days[0],
        "bounced_at": days[0] if steps == 0 else None,
        **{name: days[step] if step < steps else None for step, name in enumerate(names)},
        **row,
    }


def order(order_id: str, contact_id: str, ordered_at: str, amount: int) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "contact_id": contact_id,
        "ordered_at": ordered_at,
        "currency": "USD",
        "net_amount": amount,
        "status": "completed",
    }


def subscription(subscription_id: str, contact_id: str, amount: int) -> dict[str, Any]:
    return {
        "subscription_id": subscription_id,
        "contact_id": contact_id,
        "period_start": "2026-01-01",
        "unit_amount": amount,
        "billing_interval": "month",
        "currency": "USD",
        "status": "active",
    }


def response(response_id: str, **row: Any) -> dict[str, Any]:
    return {"response_id": response_id, "survey_id": "pulse", "responded_at": "2026-04-04T08:00:00Z", **row}


def answer(response_id: str, value: Any, **row: Any) -> dict[str, Any]:
    return {"response_id": response_id, "question_id": "pulse_nps", "value_number": value, **row}


def company() -> dict[str, list[dict[str, Any]]]:
    return {
        "contacts": [contact(f"c{number}") for number in range(1, 5)] + [contact("lead", lifecycle_stage="lead")],
        "surveys": [
            {"survey_id": "pulse", "name": "Pulse", "programme": "relational"},
            {"survey_id": "visit", "name": "Visit", "programme": "transactional"},
        ],
        "survey_questions": [
            {"question_id": "pulse_nps", "survey_id": "pulse", "metric": "nps", "scale_min": 0, "scale_max": 10},
            {"question_id": "five", "survey_id": "pulse", "metric": "nps", "scale_min": 1, "scale_max": 5},
        ],
        "survey_invitations": [
            invitation("april_1", "c1", "2026-04-01", 3),
            invitation("april_2", "c2", "2026-04-01"),
            invitation("april_3", "c3", "2026-04-01", 0),
            invitation("april_4", "c4", "2026-04-10", 2),
            invitation("april_lead", "lead", "2026-04-10"),
            invitation("april_test", "c2", "2026-04-12", 3),
            invitation("may_1", "c1", "2026-05-10", 3),
            invitation("june_1", "c1", "2026-06-20"),
            invitation("june_visit", "c1", "2026-06-25", survey_id="visit", channel="web"),
            invitation("june_unknown", None, "2026-06-25", survey_id="visit", channel="web"),
        ],
        "orders": [
            order("o1", "c1", "2026-03-05T12:00:00Z", 100),
            order("o2", "c2", "2025-05-01T12:00:00Z", 300),
            order("o3", "c3", "2025-04-30T12:00:00Z", 1000),
        ],
        "refunds": [
            {
                "refund_id": "r1",
                "order_id": "o1",
                "refunded_at": "2026-04-15T12:00:00Z",
                "amount": 20,
                "currency": "USD",
            }
        ],
        "subscriptions": [subscription("s1", "c1", 50), subscription("s3", "c3", 150)],
        "survey_responses": [
            response("a1", invitation_id="april_1"),
            response("test", invitation_id="april_test", is_test="true"),
            response("half", contact_id="c4", is_complete="false"),
            response("gone", contact_id="c3", is_deleted="true"),
            response("later", contact_id="c3", responded_at="2026-07-01T00:00:00Z"),
        ],
        "survey_answers": [
            answer("a1", 9),
            answer("a1", 4, question_id="five"),
            answer("a1", 1, question_id="undescribed"),
            answer("test", 10),
            answer("half", 3),
            answer("gone", 2),
            answer("later", 2),
            answer("nobody", 7),
            answer("half", None, question_id="five"),
            answer("a1", "many", question_id="text"),
        ],
    }


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home: Path = tmp_path_factory.mktemp("survey_operations")
    build(home, company(), as_of=AS_OF, needs=MODELS).close()
    # The next day the tool corrects one answer, and one that was out of range.
    corrections = {"survey_answers": [answer("a1", 10), answer("half", 11)]}
    later = datetime(2026, 11, 2, 12, tzinfo=UTC)
    with build(home, corrections, as_of=AS_OF, needs=MODELS, loaded_at=later) as connection:
        yield connection


def cohort(connection: duckdb.DuckDBPyConnection, month: str, survey: str = "pulse") -> dict[str, Any]:
    return record(
        connection,
        f"select * from marts.mart_survey_operations where sent_month = date '{month}' and survey = '{survey}'",
    )


def test_a_cohort_is_what_was_sent_in_the_month(warehouse: duckdb.DuckDBPyConnection) -> None:
    # april_1 to april_4 and the lead's; the one that a test answered is none.
    april = cohort(warehouse, "2026-04-01")
    assert [april[f"{step}_n"] for step in ("sent", "bounced", "delivered", "started", "completed", "pending")] == [
        5, 1, 4, 2, 1, 0,
    ]  # fmt: skip
    assert april["response_rate"] == pytest.approx(25)  # 1 of 4
    assert april["completion_rate"] == pytest.approx(50)  # 1 of 2
    assert april["completion_minutes"] == pytest.approx(2 * 1440)  # two days after it was sent
    assert (april["programme"], april["channel"]) == ("relational", "email")


def test_the_rate_is_that_of_metric_values(warehouse: duckdb.DuckDBPyConnection) -> None:
    value = metric(
        warehouse,
        "survey_response_rate",
        period_grain="month",
        period_start="2026-04-01",
        dimension="survey",
        dimension_value="pulse",
    )
    assert value["value"] == cohort(warehouse, "2026-04-01")["response_rate"]


def test_one_query_tells_whether_people_are_asked_too_often(warehouse: duckdb.DuckDBPyConnection) -> None:
    # c1 was asked on 1 April, 10 May, 20 June (80 days after the first) and 25 June (85 days after it).
    found = rows(
        warehouse,
        "select sent_month::varchar, survey, invitations_per_customer, over_limit_n, first_delivered_n,"
        " second_delivered_n, later_delivered_n, first_response_rate, second_response_rate, later_response_rate"
        " from marts.mart_survey_operations order by all",
    )
    assert found == [
        ("2026-04-01", "pulse", 1.0, 0, 4, 0, 0, 25.0, None, None),
        ("2026-05-01", "pulse", 2.0, 0, 0, 1, 0, None, 100.0, None),
        ("2026-06-01", "pulse", 3.0, 0, 0, 0, 1, None, None, 0.0),
        ("2026-06-01", "visit", 4.0, 1, 1, 0, 1, 0.0, None, 0.0),
    ]


def test_what_is_not_answered_yet_is_pending(warehouse: duckdb.DuckDBPyConnection) -> None:
    june = cohort(warehouse, "2026-06-01")
    assert (june["delivered_n"], june["completed_n"], june["pending_n"]) == (1, 0, 1)
    # 30 days to answer and 14 for late rows: April ended 61 days ago, May 30, June today.
    finals = rows(
        warehouse, "select distinct sent_month::varchar, is_final from marts.mart_survey_operations order by all"
    )
    assert finals == [("2026-04-01", True), ("2026-05-01", False), ("2026-06-01", False)]


def test_coverage_is_of_customers_and_of_their_money(warehouse: duckdb.DuckDBPyConnection) -> None:
    april = cohort(warehouse, "2026-04-01")
    # c1 to c4 are customers, the lead is not; c1 answered.
    assert (april["answered_customer_n"], april["customer_n"], april["coverage_pct"]) == (1, 4, 25.0)
    # May 2025 to April 2026: 100 - 20 of c1 and 300 of c2; the 1,000 of c3 are a day older.
    assert (april["covered_revenue"], april["revenue"]) == (80, 380)
    assert april["revenue_coverage_pct"] == pytest.approx(100 * 80 / 380)
    assert (april["covered_mrr"], april["mrr"], april["mrr_coverage_pct"]) == (50, 200, 25.0)


def test_a_survey_without_an_answer_covers_nobody(warehouse: duckdb.DuckDBPyConnection) -> None:
    visit = cohort(warehouse, "2026-06-01", "visit")
    assert (visit["answered_customer_n"], visit["coverage_pct"], visit["covered_revenue"]) == (0, 0.0, 0)
    assert visit["invited_customer_n"] == 1  # of two invitations one names nobody


def test_the_ledger_has_a_rule_for_every_answer(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        "select files.load_sequence, survey, rule, answer_count, is_counted from quality.survey_answer_ledger"
        " inner join quality.loaded_files as files using (source_system, load_id) order by all",
    )
    first, second = sorted({row[0] for row in found})
    assert found == [
        (first, "pulse", "after_as_of", 1, False),  # later
        (first, "pulse", "deleted", 1, False),  # gone
        (first, "pulse", "incomplete", 1, False),  # the other half; the one that was corrected is superseded
        (first, "pulse", "other_scale", 1, True),  # five
        (first, "pulse", "superseded", 2, False),  # 9 of a1, 3 of half
        (first, "pulse", "test_response", 1, False),
        (first, "pulse", "unknown_question", 1, False),
        (first, "unknown", "quarantined", 1, False),  # "many" is no number
        (first, "unknown", "unknown_response", 1, False),  # nobody
        (second, "pulse", "counted", 1, True),  # 10 of a1
        (second, "pulse", "incomplete", 1, False),  # 11 of half: what is incomplete is not looked at further
    ]


def test_the_ledger_foots(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        "select files.rows_read, sum(answer_count) from quality.survey_answer_ledger"
        " inner join quality.loaded_files as files using (source_system, load_id)"
        " group by files.load_id, files.rows_read order by 1",
    )
    assert found == [(2, 2), (10, 10)]
